// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: handlers and the filling of messages; dumps are in netlink_dump.c.
 * Policies and the table of operations are generated from the spec (netlink_gen.c). A rejection
 * says why in the extended ack and points at the attribute.
 */

#include <net/genetlink.h>
#include <net/sock.h>

#include "compat.h"
#include "core.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "version.h"

#define MYDEV_PROTOCOL 1

/* ---- Messages ---- */

static int mydev_nl_put_kind(const char *name, void *skb)
{
	return nla_put_string(skb, MYDEV_A_INFO_KIND, name);
}

static int mydev_nl_fill_info(struct sk_buff *skb)
{
	struct mydev_event_range range;

	mydev_event_range(&range);
	if (nla_put_string(skb, MYDEV_A_INFO_VERSION, MYDEV_VERSION) ||
	    nla_put_u32(skb, MYDEV_A_INFO_PROTOCOL, MYDEV_PROTOCOL) ||
	    nla_put(skb, MYDEV_A_INFO_EPOCH, UUID_SIZE, &mydev_epoch) ||
	    nla_put_u32(skb, MYDEV_A_INFO_DEVICES, mydev_device_count()) ||
	    nla_put_u32(skb, MYDEV_A_INFO_DEVICES_MAX, MYDEV_DEVICES_MAX) ||
	    mydev_kind_for_each(mydev_nl_put_kind, skb) ||
	    mydev_nla_put_uint(skb, MYDEV_A_INFO_EVENT_FIRST, range.first) ||
	    mydev_nla_put_uint(skb, MYDEV_A_INFO_EVENT_LAST, range.last) ||
	    nla_put_u32(skb, MYDEV_A_INFO_EVENT_LOG_SIZE, range.size))
		return -EMSGSIZE;
	return 0;
}

/* What only some backends know of their hardware. */
static int mydev_nl_put_hardware(struct sk_buff *skb, const struct mydev *mdev,
				 const struct mydev_snapshot *snap)
{
	if ((mdev->bus && nla_put_string(skb, MYDEV_A_DEV_BUS, mdev->bus)) ||
	    (mdev->address && nla_put_string(skb, MYDEV_A_DEV_ADDRESS, mdev->address)) ||
	    (mdev->driver && nla_put_string(skb, MYDEV_A_DEV_DRIVER, mdev->driver)) ||
	    (snap->link_speed && nla_put_u32(skb, MYDEV_A_DEV_LINK_SPEED, snap->link_speed)))
		return -EMSGSIZE;
	if (mdev->counts & MYDEV_COUNTS_INTERRUPTS &&
	    mydev_nla_put_uint(skb, MYDEV_A_DEV_INTERRUPTS, snap->interrupts))
		return -EMSGSIZE;
	if (mdev->counts & MYDEV_COUNTS_DMA &&
	    (mydev_nla_put_uint(skb, MYDEV_A_DEV_DMA_TRANSFERS, snap->dma_transfers) ||
	     mydev_nla_put_uint(skb, MYDEV_A_DEV_DMA_BYTES, snap->dma_bytes)))
		return -EMSGSIZE;
	return 0;
}

int mydev_nl_fill_dev(struct sk_buff *skb, struct mydev *mdev)
{
	struct mydev_snapshot snap;

	mydev_snapshot(mdev, &snap);
	if (nla_put_u32(skb, MYDEV_A_DEV_ID, mdev->id) ||
	    nla_put_string(skb, MYDEV_A_DEV_NAME, dev_name(&mdev->dev)) ||
	    nla_put_string(skb, MYDEV_A_DEV_KIND, mdev->kind) ||
	    (mdev->parent && nla_put_string(skb, MYDEV_A_DEV_PARENT, mdev->parent)) ||
	    nla_put_u32(skb, MYDEV_A_DEV_STATE, snap.state) ||
	    nla_put_u32(skb, MYDEV_A_DEV_FAULT, snap.fault) ||
	    (snap.fault_msg[0] && nla_put_string(skb, MYDEV_A_DEV_FAULT_MSG, snap.fault_msg)) ||
	    nla_put_u32(skb, MYDEV_A_DEV_RX_POLICY, snap.rx_policy) ||
	    nla_put_u32(skb, MYDEV_A_DEV_RX_SIZE, snap.rx_size) ||
	    nla_put_u32(skb, MYDEV_A_DEV_RX_USED, snap.rx_used) ||
	    nla_put_u32(skb, MYDEV_A_DEV_WATERMARK, snap.watermark) ||
	    nla_put_u32(skb, MYDEV_A_DEV_MAJOR, mydev_major()) ||
	    nla_put_u32(skb, MYDEV_A_DEV_MINOR, mdev->id) ||
	    nla_put_u32(skb, MYDEV_A_DEV_USERS, snap.users) ||
	    mydev_nla_put_uint(skb, MYDEV_A_DEV_RX_BYTES, snap.rx_bytes) ||
	    mydev_nla_put_uint(skb, MYDEV_A_DEV_READ_BYTES, snap.read_bytes) ||
	    mydev_nla_put_uint(skb, MYDEV_A_DEV_RX_DROPPED, snap.rx_dropped) ||
	    mydev_nla_put_uint(skb, MYDEV_A_DEV_RX_DISCARDED, snap.rx_discarded) ||
	    mydev_nla_put_uint(skb, MYDEV_A_DEV_RX_OVERRUNS, snap.rx_overruns) ||
	    mydev_nla_put_uint(skb, MYDEV_A_DEV_TX_BYTES, snap.tx_bytes) ||
	    mydev_nla_put_uint(skb, MYDEV_A_DEV_RESETS, snap.resets) ||
	    mydev_nla_put_uint(skb, MYDEV_A_DEV_FAULTS, snap.faults) ||
	    mydev_nla_put_uint(skb, MYDEV_A_DEV_STATE_AGE_NS, snap.state_age) ||
	    mydev_nl_put_hardware(skb, mdev, &snap))
		return -EMSGSIZE;
	return 0;
}

static bool mydev_nl_has(const struct mydev_event *ev, int attr)
{
	return ev->has & BIT_ULL(attr);
}

static int mydev_nl_put_event_u32(struct sk_buff *skb, const struct mydev_event *ev, int attr,
				  u32 value)
{
	return mydev_nl_has(ev, attr) ? nla_put_u32(skb, attr, value) : 0;
}

static int mydev_nl_put_event_uint(struct sk_buff *skb, const struct mydev_event *ev, int attr,
				   u64 value)
{
	return mydev_nl_has(ev, attr) ? mydev_nla_put_uint(skb, attr, value) : 0;
}

static int mydev_nl_put_event_string(struct sk_buff *skb, const struct mydev_event *ev, int attr,
				     const char *value)
{
	return mydev_nl_has(ev, attr) ? nla_put_string(skb, attr, value) : 0;
}

int mydev_nl_fill_event(struct sk_buff *skb, const struct mydev_event *ev)
{
	char name[MYDEV_NAME_MAX + 1];

	snprintf(name, sizeof(name), "mydev%u", ev->dev_id);
	if (mydev_nla_put_uint(skb, MYDEV_A_EVENT_SEQ, ev->seq) ||
	    nla_put(skb, MYDEV_A_EVENT_EPOCH, UUID_SIZE, &mydev_epoch) ||
	    mydev_nla_put_uint(skb, MYDEV_A_EVENT_TIME_NS, ev->time_ns) ||
	    nla_put_u32(skb, MYDEV_A_EVENT_EVENT, ev->event) ||
	    nla_put_u32(skb, MYDEV_A_EVENT_DEV_ID, ev->dev_id) ||
	    nla_put_string(skb, MYDEV_A_EVENT_DEVICE, name) ||
	    nla_put_string(skb, MYDEV_A_EVENT_KIND, ev->kind) ||
	    mydev_nl_put_event_uint(skb, ev, MYDEV_A_EVENT_COUNT, ev->count) ||
	    mydev_nl_put_event_u32(skb, ev, MYDEV_A_EVENT_STATE, ev->state) ||
	    mydev_nl_put_event_u32(skb, ev, MYDEV_A_EVENT_FAULT, ev->fault) ||
	    mydev_nl_put_event_string(skb, ev, MYDEV_A_EVENT_FAULT_MSG, ev->fault_msg) ||
	    mydev_nl_put_event_u32(skb, ev, MYDEV_A_EVENT_RX_POLICY, ev->rx_policy) ||
	    mydev_nl_put_event_u32(skb, ev, MYDEV_A_EVENT_RX_SIZE, ev->rx_size) ||
	    mydev_nl_put_event_u32(skb, ev, MYDEV_A_EVENT_RX_USED, ev->rx_used) ||
	    mydev_nl_put_event_u32(skb, ev, MYDEV_A_EVENT_WATERMARK, ev->watermark) ||
	    mydev_nl_put_event_uint(skb, ev, MYDEV_A_EVENT_LOST, ev->lost) ||
	    mydev_nl_put_event_uint(skb, ev, MYDEV_A_EVENT_DISCARDED, ev->discarded) ||
	    mydev_nl_put_event_uint(skb, ev, MYDEV_A_EVENT_DURATION_NS, ev->duration_ns) ||
	    mydev_nl_put_event_u32(skb, ev, MYDEV_A_EVENT_PID, ev->pid) ||
	    mydev_nl_put_event_u32(skb, ev, MYDEV_A_EVENT_UID, ev->uid) ||
	    mydev_nl_put_event_string(skb, ev, MYDEV_A_EVENT_COMM, ev->comm) ||
	    mydev_nl_put_event_uint(skb, ev, MYDEV_A_EVENT_BYTES, ev->bytes) ||
	    mydev_nl_put_event_string(skb, ev, MYDEV_A_EVENT_SELFTEST_MSG, ev->selftest_msg))
		return -EMSGSIZE;
	return 0;
}

/* ---- Requests ---- */

struct mydev *mydev_nl_find(struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	struct nlattr *id = attrs[MYDEV_A_DEV_ID], *name = attrs[MYDEV_A_DEV_NAME];
	struct mydev *mdev;
	u32 number;

	if (!id && !name) {
		NL_SET_ERR_MSG(extack, "a device must be named by id or name");
		NL_SET_ERR_ATTR_MISS(extack, NULL, MYDEV_A_DEV_ID);
		return ERR_PTR(-EINVAL);
	}
	if (name) {
		char canonical[MYDEV_NAME_MAX + 1];

		/* Only the name as the kernel writes it: no sign, no leading zero. */
		if (sscanf(nla_data(name), "mydev%u", &number) != 1)
			goto unknown;
		snprintf(canonical, sizeof(canonical), "mydev%u", number);
		if (nla_strcmp(name, canonical))
			goto unknown;
		if (id && nla_get_u32(id) != number) {
			NL_SET_ERR_MSG_ATTR(extack, id, "id and name are of different devices");
			return ERR_PTR(-EINVAL);
		}
	} else {
		number = nla_get_u32(id);
	}
	mdev = mydev_find(number);
	if (mdev)
		return mdev;
unknown:
	NL_SET_ERR_MSG_ATTR(extack, name ?: id, "no such device");
	return ERR_PTR(-ENODEV);
}

/*
 * A reply is there before anything is done for it: who is told that there was no memory can rely on
 * nothing having been done.
 */
static struct sk_buff *mydev_nl_reply_new(struct genl_info *info)
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	/* An empty message has room for its header. */
	if (reply)
		genlmsg_put_reply(reply, info, &mydev_nl_family, 0, info->genlhdr->cmd);
	return reply;
}

/* Sends the reply unless err, and takes it in any case. */
static int mydev_nl_reply(struct genl_info *info, struct sk_buff *reply, int err)
{
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	nlmsg_end(reply, nlmsg_hdr(reply));
	return genlmsg_reply(reply, info);
}

/* What a request does to a device, given its attributes; 0, or -errno with extack set. */
typedef int (*mydev_nl_action)(struct mydev *mdev, struct genl_info *info, const void *data);

/* Does it to the device that the request names, and answers with the device as it is then. */
static int mydev_nl_act(struct genl_info *info, mydev_nl_action action, const void *data)
{
	struct sk_buff *reply;
	struct mydev *mdev;
	int err;

	mdev = mydev_nl_find(info->attrs, info->extack);
	if (IS_ERR(mdev))
		return PTR_ERR(mdev);
	err = -ENOMEM;
	reply = mydev_nl_reply_new(info);
	if (reply) {
		err = action ? action(mdev, info, data) : 0;
		err = mydev_nl_reply(info, reply, err ?: mydev_nl_fill_dev(reply, mdev));
	}
	mydev_put(mdev);
	return err;
}

int mydev_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply = mydev_nl_reply_new(info);

	return reply ? mydev_nl_reply(info, reply, mydev_nl_fill_info(reply)) : -ENOMEM;
}

int mydev_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return mydev_nl_act(info, NULL, NULL);
}

/* The settings that a request asks for. */
static int mydev_nl_settings(struct genl_info *info, struct mydev_settings *want)
{
	struct nlattr *attr;
	int err;

	memset(want, 0, sizeof(*want));
	attr = info->attrs[MYDEV_A_DEV_RX_SIZE];
	if (attr) {
		want->has |= BIT_ULL(MYDEV_A_DEV_RX_SIZE);
		want->rx_size = nla_get_u32(attr);
		err = mydev_check_rx_size(want->rx_size, info->extack);
		if (err) {
			NL_SET_BAD_ATTR(info->extack, attr);
			return err;
		}
	}
	attr = info->attrs[MYDEV_A_DEV_RX_POLICY];
	if (attr) {
		want->has |= BIT_ULL(MYDEV_A_DEV_RX_POLICY);
		want->rx_policy = nla_get_u32(attr);
	}
	attr = info->attrs[MYDEV_A_DEV_WATERMARK];
	if (attr) {
		want->has |= BIT_ULL(MYDEV_A_DEV_WATERMARK);
		want->watermark = nla_get_u32(attr);
	}
	return 0;
}

/* Points at the setting that was refused; what refused it has said why. */
static void mydev_nl_blame_setting(struct genl_info *info, int err)
{
	struct nlattr *rx_size = info->attrs[MYDEV_A_DEV_RX_SIZE];
	struct nlattr *watermark = info->attrs[MYDEV_A_DEV_WATERMARK];

	switch (err) {
	case -EINVAL:
		NL_SET_BAD_ATTR(info->extack, watermark ?: rx_size);
		break;
	case -EBUSY:
	case -ENOMEM:
		NL_SET_BAD_ATTR(info->extack, rx_size);
		break;
	}
}

static int mydev_nl_set(struct mydev *mdev, struct genl_info *info, const void *want)
{
	int err = mydev_change(mdev, want, info->extack);

	if (err)
		mydev_nl_blame_setting(info, err);
	return err;
}

int mydev_nl_dev_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mydev_settings want;
	int err;

	err = mydev_nl_settings(info, &want);
	if (err)
		return err;
	if (!want.has) {
		NL_SET_ERR_MSG(info->extack,
			       "nothing to change: give rx-size, rx-policy or watermark");
		return -EINVAL;
	}
	return mydev_nl_act(info, mydev_nl_set, &want);
}

int mydev_nl_dev_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mydev_config config = MYDEV_CONFIG_DEFAULT;
	struct nlattr *attr = info->attrs[MYDEV_A_DEV_KIND];
	struct mydev_settings want;
	struct mydev_kind *kind;
	struct sk_buff *reply;
	struct mydev *mdev;
	int err;

	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "the kind of the new device is missing");
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, MYDEV_A_DEV_KIND);
		return -EINVAL;
	}
	err = mydev_nl_settings(info, &want);
	if (err)
		return err;
	config.rx_size = want.rx_size;
	config.rx_policy = want.rx_policy;
	config.watermark = want.watermark;
	if (info->attrs[MYDEV_A_DEV_ID]) {
		config.id = nla_get_u32(info->attrs[MYDEV_A_DEV_ID]);
		if (config.id >= MYDEV_DEVICES_MAX) {
			NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[MYDEV_A_DEV_ID],
					    "must be below 65536");
			return -ERANGE;
		}
	}

	reply = mydev_nl_reply_new(info);
	if (!reply)
		return -ENOMEM;
	kind = mydev_kind_request(nla_data(attr));
	if (!kind) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "no such kind that creates devices, and no module of it loads");
		return mydev_nl_reply(info, reply, -EOPNOTSUPP);
	}
	mdev = kind->add(&config, info->extack);
	mydev_kind_put(kind);
	if (IS_ERR(mdev)) {
		err = PTR_ERR(mdev);
		if (err == -EEXIST)
			NL_SET_BAD_ATTR(info->extack, info->attrs[MYDEV_A_DEV_ID]);
		else
			mydev_nl_blame_setting(info, err);
		return mydev_nl_reply(info, reply, err);
	}
	err = mydev_nl_reply(info, reply, mydev_nl_fill_dev(reply, mdev));
	mydev_put(mdev);
	return err;
}

int mydev_nl_dev_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mydev *mdev = mydev_nl_find(info->attrs, info->extack);
	struct mydev_kind *kind;
	int err;

	if (IS_ERR(mdev))
		return PTR_ERR(mdev);
	kind = mydev_kind_get(mdev->kind);
	if (kind && !rcu_access_pointer(mdev->ops)) {
		/* It may be of an earlier load of the module, which knows it no more. */
		NL_SET_ERR_MSG(info->extack, "the device is being removed");
		mydev_kind_put(kind);
		err = -ENODEV;
	} else if (kind) {
		err = kind->del(mdev, info->extack);
		mydev_kind_put(kind);
	} else {
		NL_SET_ERR_MSG(info->extack,
			       "no loaded kind removes this device; unbind its driver instead");
		err = -EOPNOTSUPP;
	}
	mydev_put(mdev);
	return err;
}

static int mydev_nl_reset(struct mydev *mdev, struct genl_info *info, const void *data)
{
	struct nlattr *counters = info->attrs[MYDEV_A_DEV_COUNTERS];
	int err = mydev_reset(mdev, counters && nla_get_u32(counters), false);

	if (err == -ENODEV)
		NL_SET_ERR_MSG(info->extack, "the device is being removed");
	else if (err)
		NL_SET_ERR_MSG(info->extack, "the device could not be reset");
	return err;
}

int mydev_nl_reset_doit(struct sk_buff *skb, struct genl_info *info)
{
	return mydev_nl_act(info, mydev_nl_reset, NULL);
}

/* A request for a self-test names the device with attributes of its own set. */
static_assert((int)MYDEV_A_SELFTEST_ID == (int)MYDEV_A_DEV_ID);
static_assert((int)MYDEV_A_SELFTEST_NAME == (int)MYDEV_A_DEV_NAME);

static int mydev_nl_fill_selftest(struct sk_buff *skb, struct mydev *mdev,
				  const struct mydev_verdict *verdict)
{
	const struct mydev_selftest *test = &verdict->test;

	if (nla_put_u32(skb, MYDEV_A_SELFTEST_ID, mdev->id) ||
	    nla_put_string(skb, MYDEV_A_SELFTEST_NAME, dev_name(&mdev->dev)) ||
	    nla_put_string(skb, MYDEV_A_SELFTEST_KIND, mdev->kind) ||
	    nla_put_u32(skb, MYDEV_A_SELFTEST_RESULT, verdict->result) ||
	    mydev_nla_put_uint(skb, MYDEV_A_SELFTEST_BYTES, test->bytes) ||
	    mydev_nla_put_uint(skb, MYDEV_A_SELFTEST_DURATION_NS, verdict->duration_ns) ||
	    (test->msg[0] && nla_put_string(skb, MYDEV_A_SELFTEST_MSG, test->msg)))
		return -EMSGSIZE;
	return 0;
}

int mydev_nl_selftest_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mydev *mdev = mydev_nl_find(info->attrs, info->extack);
	struct mydev_verdict verdict;
	struct sk_buff *reply;
	int err;

	if (IS_ERR(mdev))
		return PTR_ERR(mdev);
	err = -ENOMEM;
	reply = mydev_nl_reply_new(info);
	if (reply) {
		err = mydev_selftest(mdev, &verdict, info->extack);
		err = mydev_nl_reply(info, reply,
				     err ?: mydev_nl_fill_selftest(reply, mdev, &verdict));
	}
	mydev_put(mdev);
	return err;
}

static int mydev_nl_fault(struct mydev *mdev, struct genl_info *info, const void *data)
{
	struct nlattr *msg = info->attrs[MYDEV_A_DEV_FAULT_MSG];
	int err;

	/* Not before the device was told of, and not once it goes. */
	mutex_lock(&mdev->ctl_lock);
	err = mdev->dead ? -ENODEV : 0;
	if (!err)
		mydev_fault(mdev, nla_get_u32(info->attrs[MYDEV_A_DEV_FAULT]),
			    msg ? nla_data(msg) : NULL);
	mutex_unlock(&mdev->ctl_lock);
	if (err)
		NL_SET_ERR_MSG(info->extack, "the device is being removed");
	return err;
}

int mydev_nl_fault_inject_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *fault = info->attrs[MYDEV_A_DEV_FAULT];

	if (!fault) {
		NL_SET_ERR_MSG(info->extack, "the fault to inject is missing");
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, MYDEV_A_DEV_FAULT);
		return -EINVAL;
	}
	if (nla_get_u32(fault) == MYDEV_FAULT_CODE_NONE) {
		NL_SET_ERR_MSG_ATTR(info->extack, fault, "none is no fault; a reset clears one");
		return -EINVAL;
	}
	return mydev_nl_act(info, mydev_nl_fault, NULL);
}

int mydev_nl_event_send(const struct mydev_event *ev)
{
	struct sk_buff *skb;
	void *hdr;

	if (!genl_has_listeners(&mydev_nl_family, &init_net, MYDEV_NLGRP_EVENTS))
		return 0;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put(skb, 0, 0, &mydev_nl_family, 0, MYDEV_CMD_EVENT_NTF);
	if (WARN_ON_ONCE(!hdr || mydev_nl_fill_event(skb, ev))) {
		nlmsg_free(skb);
		return 0;
	}
	genlmsg_end(skb, hdr);
	/* Whoever cannot take it is told by the socket and asks the log. */
	genlmsg_multicast(&mydev_nl_family, skb, 0, MYDEV_NLGRP_EVENTS, GFP_KERNEL);
	return 0;
}

/* Devices belong to no network namespace, so the family is in the initial one only. */
struct genl_family mydev_nl_family __ro_after_init = {
	.name = MYDEV_FAMILY_NAME,
	.version = MYDEV_FAMILY_VERSION,
	.module = THIS_MODULE,
	.parallel_ops = true,
	.ops = mydev_nl_ops,
	.n_ops = ARRAY_SIZE(mydev_nl_ops),
	.mcgrps = mydev_nl_mcgrps,
	.n_mcgrps = ARRAY_SIZE(mydev_nl_mcgrps),
};

int mydev_nl_init(void)
{
	return genl_register_family(&mydev_nl_family);
}

void mydev_nl_exit(void)
{
	genl_unregister_family(&mydev_nl_family);
}
