// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps the faults of a task (fail-nth) away from functions of the kernel that do not stand them:
 * in such a function nothing fails, and nothing is counted.
 *
 *	insmod mydev_test_shield.ko functions=kset_register,module_add_driver
 */

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>

#define SHIELD_MAX 8

static char *functions[SHIELD_MAX];
static int n_functions;
module_param_array(functions, charp, &n_functions, 0444);
MODULE_PARM_DESC(functions, "Functions of the kernel in which nothing is to fail, 8 at most");

static unsigned int kept_away[SHIELD_MAX];
module_param_array(kept_away, uint, &n_functions, 0444);
MODULE_PARM_DESC(kept_away, "How often a task that was to meet a fault was in each of them");

static struct kretprobe shields[SHIELD_MAX];

static int shield_enter(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	*(unsigned int *)instance->data = current->fail_nth;
	if (current->fail_nth)
		kept_away[get_kretprobe(instance) - shields]++;
	WRITE_ONCE(current->fail_nth, 0);
	return 0;
}

static int shield_leave(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	WRITE_ONCE(current->fail_nth, *(unsigned int *)instance->data);
	return 0;
}

static int shield(struct kretprobe *probe, const char *function)
{
	int err;

	probe->kp.symbol_name = function;
	probe->entry_handler = shield_enter;
	probe->handler = shield_leave;
	probe->data_size = sizeof(unsigned int);
	err = register_kretprobe(probe);
	if (err)
		pr_err("mydev_test_shield: %s: no such function to probe: %d\n", function, err);
	return err;
}

static int __init shield_init(void)
{
	int err;

	for (int i = 0; i < n_functions; i++) {
		err = shield(&shields[i], functions[i]);
		if (err) {
			while (i--)
				unregister_kretprobe(&shields[i]);
			return err;
		}
	}
	return 0;
}
module_init(shield_init);

static void __exit shield_exit(void)
{
	for (int i = 0; i < n_functions; i++)
		unregister_kretprobe(&shields[i]);
}
module_exit(shield_exit);

MODULE_DESCRIPTION("mydev: keeps injected faults away from functions of the kernel");
MODULE_AUTHOR("The mydev developers");
MODULE_LICENSE("GPL");
