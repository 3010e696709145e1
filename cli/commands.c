// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command table itself: data only. What a row means is in command.h, how it is looked up in
 * command.c.
 */

#include "command.h"
#include "libmydev.h"
#include "objects_gen.h"

/* The device is named by the arguments of its own kind, never by a setting. */
#define SET_KEYS (MYDEV_REQUEST_DEV_SET & ~MYDEV_REQUEST_DEV_GET)
#define ADD_KEYS (MYDEV_REQUEST_DEV_NEW & ~(UINT64_C(1) << MYDEV_A_DEV_KIND))

#define DEV_DOC "a device: its name, its number or its node (mydev0, 0, /dev/mydev0)"
#define DEV_COLUMNS "name,kind,state,fault,rx-policy,rx-used,rx-size,users"

const struct param common_options[] = {
	{ .name = "json",
	  .metavar = "STYLE",
	  .letter = 'j',
	  .type = VALUE_ENUM,
	  .values = &mydev_json_style_names,
	  .flags = PARAM_OPTIONAL | PARAM_SHOWING,
	  .doc = "print JSON: plain (the default), a document a line, or pretty, indented" },
	{ .name = "help", .letter = 'h', .doc = "explain the command, or the program" },
	{ .name = "no-pager",
	  .flags = PARAM_SHOWING,
	  .doc = "write long text to the terminal, not into a pager" },
	{},
};

const struct param program_options[] = {
	{ .name = "file",
	  .metavar = "FILE",
	  .letter = 'f',
	  .type = VALUE_FILE,
	  .doc = "run the commands in FILE, one a line, up to the first that fails; - is "
		 "standard input" },
	{ .name = "keep-going",
	  .letter = 'k',
	  .doc = "do not stop at a command of a script that fails; the worst exit status wins" },
	{ .name = "host",
	  .metavar = "[USER@]HOST",
	  .letter = 'H',
	  .type = VALUE_HOST,
	  .flags = PARAM_REPEAT | PARAM_ANYWHERE,
	  .doc = "run the command there, by ssh; of several hosts, on all at once" },
	{ .name = "version", .letter = 'V', .doc = "same as the command version" },
	{},
};

const char *const program_examples[] = { "",
					 "status mydev0",
					 "help set",
					 "list --json | jq .items",
					 "-f setup.mydev",
					 "-H root@web1 -H root@web2 list",
					 NULL };

#define COLUMNS_OPTION                                                             \
	{                                                                          \
		.name = "columns", .metavar = "COLUMN,...", .type = VALUE_COLUMNS, \
		.flags = PARAM_SHOWING, .doc = "show these fields, in this order"  \
	}

const struct param bare_table_options[] = {
	COLUMNS_OPTION,
	{},
};

const struct param table_options[] = {
	COLUMNS_OPTION,
	{ .name = "noheadings", .flags = PARAM_SHOWING, .doc = "leave out the line of headings" },
	{},
};

static const struct param no_or_some_devices[] = {
	{ .name = "DEV",
	  .type = VALUE_DEVICE,
	  .flags = PARAM_OPTIONAL | PARAM_REPEAT,
	  .doc = DEV_DOC },
	{},
};

static const struct param some_devices[] = {
	{ .name = "DEV", .type = VALUE_DEVICE, .flags = PARAM_REPEAT, .doc = DEV_DOC },
	{},
};

static const struct param set_args[] = {
	{ .name = "DEV", .type = VALUE_DEVICE, .flags = PARAM_REPEAT, .doc = DEV_DOC },
	{ .name = "KEY=VALUE",
	  .type = VALUE_SETTING,
	  .flags = PARAM_REPEAT,
	  .keys = SET_KEYS,
	  .doc = "a setting" },
	{},
};

static const struct param add_args[] = {
	{ .name = "KIND",
	  .type = VALUE_KIND,
	  .flags = PARAM_OPTIONAL,
	  .doc = "the kind of device (default: virt, a software device that returns what is "
		 "written to it)" },
	{ .name = "KEY=VALUE",
	  .type = VALUE_SETTING,
	  .flags = PARAM_OPTIONAL | PARAM_REPEAT,
	  .keys = ADD_KEYS,
	  .doc = "a setting to begin with" },
	{},
};

static const struct param reset_options[] = {
	{ .name = "counters", .doc = "clear the counters as well" },
	{},
};

static const struct param inject_args[] = {
	{ .name = "DEV", .type = VALUE_DEVICE, .doc = DEV_DOC },
	{ .name = "FAULT",
	  .type = VALUE_ENUM,
	  .values = &mydev_fault_code_names,
	  .except = UINT64_C(1) << MYDEV_FAULT_CODE_NONE,
	  .doc = "what the device reports" },
	{ .name = "MESSAGE",
	  .type = VALUE_TEXT,
	  .flags = PARAM_OPTIONAL,
	  .doc = "text that comes with the fault" },
	{},
};

static const struct param send_args[] = {
	{ .name = "DEV", .type = VALUE_DEVICE, .doc = DEV_DOC },
	{ .name = "DATA",
	  .type = VALUE_TEXT,
	  .flags = PARAM_OPTIONAL,
	  .doc = "what to send, without a newline behind it (default: standard input, to its "
		 "end)" },
	{},
};

static const struct param send_options[] = {
	{ .name = "file",
	  .metavar = "FILE",
	  .type = VALUE_FILE,
	  .doc = "send what FILE has; - is standard input" },
	{ .name = "hex",
	  .letter = 'x',
	  .doc = "the data is written in hexadecimal, two digits a byte; white space between them "
		 "means nothing" },
	{ .name = "timeout",
	  .metavar = "TIME",
	  .letter = 't',
	  .type = VALUE_SPAN,
	  .doc = "give up after TIME (in seconds, or as 500ms, 2min), with exit status 7" },
	{},
};

static const struct param receive_args[] = {
	{ .name = "DEV", .type = VALUE_DEVICE, .doc = DEV_DOC },
	{},
};

static const struct param receive_options[] = {
	{ .name = "count",
	  .metavar = "BYTES",
	  .letter = 'n',
	  .type = VALUE_COUNT,
	  .doc = "wait for exactly so much, and leave what is behind it" },
	{ .name = "follow",
	  .letter = 'F',
	  .flags = PARAM_STREAM,
	  .doc = "go on with what comes; in JSON, a document each time" },
	{ .name = "hex",
	  .letter = 'x',
	  .flags = PARAM_SHOWING,
	  .doc = "write it in hexadecimal, as send --hex reads it" },
	{ .name = "timeout",
	  .metavar = "TIME",
	  .letter = 't',
	  .type = VALUE_SPAN,
	  .doc = "end after TIME (in seconds, or as 500ms, 2min); exit status 7 if it waited for "
		 "more" },
	{},
};

static const struct param watch_args[] = {
	{ .name = "DEV", .type = VALUE_DEVICE, .doc = DEV_DOC },
	{},
};

#define SAMPLING_OPTIONS                                                                  \
	{ .name = "count",                                                                \
	  .metavar = "N",                                                                 \
	  .letter = 'n',                                                                  \
	  .type = VALUE_COUNT,                                                            \
	  .doc = "end after N times" },                                                   \
	{                                                                                 \
		.name = "interval", .metavar = "TIME", .letter = 'i', .type = VALUE_SPAN, \
		.flags = PARAM_POSITIVE,                                                  \
		.doc = "look after each TIME (in seconds, or as 500ms; default: 1s); "    \
		       "less than 10ms is 10ms"                                           \
	}

static const struct param watch_options[] = {
	SAMPLING_OPTIONS,
	{},
};

static const struct param top_options[] = {
	SAMPLING_OPTIONS,
	{ .name = "sort",
	  .metavar = "COLUMN,...",
	  .letter = 's',
	  .type = VALUE_COLUMNS,
	  .doc = "sort by these, numbers from the largest on (default: by device)" },
	{},
};

static const struct param monitor_args[] = {
	{ .name = "DEV",
	  .type = VALUE_DEVICE,
	  .flags = PARAM_OPTIONAL | PARAM_REPEAT,
	  .doc = "a device, which need not exist yet (default: all)" },
	{},
};

static const struct param monitor_options[] = {
	{ .name = "count",
	  .metavar = "N",
	  .letter = 'n',
	  .type = VALUE_COUNT,
	  .doc = "end after N events" },
	{ .name = "until",
	  .metavar = "EVENT",
	  .letter = 'u',
	  .type = VALUE_ENUM,
	  .values = &mydev_event_type_names,
	  .doc = "end after the first event of this type" },
	{ .name = "timeout",
	  .metavar = "TIME",
	  .letter = 't',
	  .type = VALUE_SPAN,
	  .doc = "end after TIME (in seconds, or as 500ms, 2min); exit status 7 if --count or "
		 "--until waited for more" },
	{},
};

static const struct param events_options[] = {
	{ .name = "since",
	  .metavar = "TIME",
	  .letter = 'S',
	  .type = VALUE_TIME,
	  .doc = "leave out what is older: \"2026-11-23 06:00\", 06:00, today, yesterday, -1h, "
		 "\"2 days ago\"" },
	{ .name = "device",
	  .metavar = "DEV",
	  .letter = 'd',
	  .type = VALUE_DEVICE,
	  .flags = PARAM_REPEAT,
	  .doc = "only of this device, which need not exist any more; may be repeated" },
	{ .name = "type",
	  .metavar = "EVENT",
	  .letter = 't',
	  .type = VALUE_ENUM,
	  .flags = PARAM_REPEAT,
	  .values = &mydev_event_type_names,
	  .doc = "only of this type; may be repeated" },
	{ .name = "lines",
	  .metavar = "N",
	  .letter = 'n',
	  .type = VALUE_COUNT,
	  .doc = "only the last N events" },
	{ .name = "follow",
	  .letter = 'F',
	  .flags = PARAM_STREAM,
	  .doc = "go on with what comes, after a sync record" },
	{},
};

static const struct param select_args[] = {
	{ .name = "DEV",
	  .type = VALUE_DEVICE,
	  .flags = PARAM_OPTIONAL,
	  .doc = "a device (default: none is selected any more)" },
	{},
};

static const struct param report_args[] = {
	{ .name = "FILE",
	  .type = VALUE_FILE,
	  .flags = PARAM_OPTIONAL,
	  .doc = "a file that does not exist yet; - is standard output (default: "
		 "mydev-report-DATE-TIME.txt, with --json standard output)" },
	{},
};

static const struct param help_args[] = {
	{ .name = "COMMAND",
	  .type = VALUE_COMMAND,
	  .flags = PARAM_OPTIONAL,
	  .doc = "what to explain (default: the program)" },
	{},
};

#define EXAMPLES(...) ((const char *const[]){ __VA_ARGS__, NULL })

const struct command commands[] = {
	{
		.name = "list",
		.summary = "list the devices",
		.description = "Lists all devices, one a line, by ascending number.",
		.examples = EXAMPLES(
			"list", "list --columns name,rx-used,rx-dropped",
			"list --json | jq -r '.items[] | select(.state == \"faulted\").name'"),
		.kind = &mydev_dev_desc,
		.view = VIEW_TABLE,
		.columns = DEV_COLUMNS,
		.empty = "no devices; 'add' makes one",
		.flags = COMMAND_PAGED,
		.run = cmd_list,
	},
	{
		.name = "status",
		.summary = "show everything about devices",
		.description =
			"Shows state, settings and counters of the devices named, or of all.",
		.examples = EXAMPLES("status mydev0", "status --json"),
		.args = no_or_some_devices,
		.kind = &mydev_dev_desc,
		.view = VIEW_RECORD,
		.empty = "no devices; 'add' makes one",
		.flags = COMMAND_PAGED,
		.run = cmd_status,
	},
	{
		.name = "reset",
		.summary = "reset devices",
		.description =
			"Resets the devices: data that waits in the receive ring is thrown away "
			"and a fault is cleared. Counters go on, unless --counters is given. "
			"Needs CAP_NET_ADMIN.",
		.examples = EXAMPLES("reset mydev0", "reset --counters mydev0 mydev1"),
		.args = some_devices,
		.options = reset_options,
		.kind = &mydev_dev_desc,
		.view = VIEW_TABLE,
		.columns = DEV_COLUMNS,
		.run = cmd_reset,
	},
	{
		.name = "set",
		.summary = "change settings of devices",
		.description =
			"Changes settings of the devices: of each device all that are given, or "
			"none. Needs CAP_NET_ADMIN.",
		.examples = EXAMPLES("set mydev0 rx-size=256K",
				     "set mydev0 mydev1 rx-policy=drop watermark=48K"),
		.args = set_args,
		.kind = &mydev_dev_desc,
		.view = VIEW_TABLE,
		.columns = "name,rx-policy,rx-used,rx-size,watermark",
		.run = cmd_set,
	},
	{
		.name = "add",
		.summary = "add a device",
		.description = "Adds a device that needs no hardware and prints its name. Needs "
			       "CAP_NET_ADMIN.",
		.examples = EXAMPLES("add", "add virt id=7 rx-size=1M rx-policy=overwrite"),
		.args = add_args,
		.kind = &mydev_dev_desc,
		.view = VIEW_NAME,
		.columns = "name",
		.run = cmd_add,
	},
	{
		.name = "remove",
		.summary = "remove devices",
		.description =
			"Removes devices that add could have added. Programs that have one open "
			"can read what is buffered, then get ENODEV. In JSON the items are the "
			"devices as they were last. Needs CAP_NET_ADMIN.",
		.examples = EXAMPLES("remove mydev7"),
		.args = some_devices,
		.kind = &mydev_dev_desc,
		.view = VIEW_NONE,
		.run = cmd_remove,
	},
	{
		.name = "send",
		.summary = "send data to a device",
		.description =
			"Writes data to the device, byte for byte: DATA, what a file has, or "
			"standard input. While the device takes no more, it waits, and says so. In "
			"JSON the item says how much the device took.",
		.examples = EXAMPLES("send mydev0 hello", "send mydev0 --hex \"68 69 0a\"",
				     "send mydev0 --file firmware.bin --timeout 10"),
		.args = send_args,
		.options = send_options,
		.kind = &mydev_sent_desc,
		.view = VIEW_NONE,
		.flags = COMMAND_SENDS,
		.run = cmd_send,
	},
	{
		.name = "receive",
		.summary = "receive data from a device",
		.description =
			"Reads the data that the device has, and waits for it when there is none. "
			"It is written byte for byte; on a terminal, what is not printable stands "
			"there as \\xNN. In JSON an item has the data in hexadecimal and, if it is "
			"UTF-8, as text.",
		.examples = EXAMPLES("receive mydev0 --hex",
				     "receive mydev0 --count 4096 --timeout 1s | cmp block.bin",
				     "receive mydev0 --follow --json | jq -r '.items[].text'"),
		.args = receive_args,
		.options = receive_options,
		.kind = &mydev_data_desc,
		.view = VIEW_BYTES,
		.columns = "hex",
		.run = cmd_receive,
	},
	{
		.name = "watch",
		.summary = "show what a device does, time after time",
		.description =
			"Shows once a second, a line each, what the device did since the last "
			"time: data in and out, data that was lost, the fill of its receive ring, "
			"its state.",
		.examples = EXAMPLES("watch mydev0", "watch mydev0 --interval 100ms --count 10",
				     "watch mydev0 --json | jq -c '.items[] | [.tx_rate, .fill]'"),
		.args = watch_args,
		.options = watch_options,
		.kind = &mydev_load_desc,
		.view = VIEW_LINE,
		.flags = COMMAND_STREAM,
		.run = cmd_watch,
	},
	{
		.name = "top",
		.summary = "show what all devices do",
		.description =
			"Shows once a second what the devices named, or all, did since the last "
			"time: on a terminal in one place, with bars of how data went in and out at "
			"the last times, as many devices as there is room for; else a line a device.",
		.examples = EXAMPLES("top", "top --sort drop-rate,tx-rate",
				     "top --count 1 --json | jq '.items[] | select(.fill > 90)'"),
		.args = no_or_some_devices,
		.options = top_options,
		.kind = &mydev_load_desc,
		.view = VIEW_SCREEN,
		.columns = "device,state,fill,tx-rate,tx-rate~,read-rate,read-rate~,drop-rate",
		.empty = "no devices; 'add' makes one",
		.flags = COMMAND_STREAM,
		.run = cmd_top,
	},
	{
		.name = "monitor",
		.summary = "show events as they happen",
		.description =
			"Shows the devices as they are, then a sync record, then each event as it "
			"happens. Events that could not be had are a gap record, and the exit "
			"status is 8. When the module is removed, a down record comes, and a sync "
			"record when it is loaded again.",
		.examples = EXAMPLES("monitor", "monitor mydev0 --until fault --timeout 1min",
				     "monitor --json | jq -c 'select(.kind == \"event\").items[]'"),
		.args = monitor_args,
		.options = monitor_options,
		.kind = &mydev_event_desc,
		.view = VIEW_LINE,
		.flags = COMMAND_STREAM,
		.run = cmd_monitor,
	},
	{
		.name = "events",
		.summary = "show past events from the journal",
		.description =
			"Shows the events that mydevd wrote to the journal, oldest first, each as "
			"monitor showed it when it happened. Events that are lost are an error, "
			"with --follow a gap record, and the exit status is 8. When there is none, "
			"or --follow, and mydevd does not run, that is an error with status 3. "
			"Needs to read the journal: root, or the group systemd-journal.",
		.examples =
			EXAMPLES("events --since -1h", "events --device mydev0 --type fault -n 5",
				 "events --follow --json"),
		.options = events_options,
		.kind = &mydev_event_desc,
		.view = VIEW_LINE,
		.empty = "no such events in the journal",
		.flags = COMMAND_PAGED,
		.run = cmd_events,
	},
	{
		.name = "inject",
		.summary = "make a device report a fault",
		.description =
			"Makes the device report a fault, as its backend would: writing fails "
			"from then on, and reading ends when the buffered data is drained, until "
			"a reset. Needs CAP_NET_ADMIN.",
		.examples = EXAMPLES("inject mydev0 overheat \"fan 2 stands still\"",
				     "inject mydev0 link"),
		.args = inject_args,
		.kind = &mydev_dev_desc,
		.view = VIEW_TABLE,
		.columns = "name,kind,state,fault,fault-msg",
		.run = cmd_inject,
	},
	{
		.name = "selftest",
		.summary = "have a device prove that it works",
		.description =
			"Has the device test itself: a software device writes a pattern of 256 KiB, "
			"reads what comes back, and checks length, order and content. The device must "
			"be running, with no open file and nothing buffered; who opens it meanwhile "
			"waits. The data is counted, and a device that failed is reset. The exit status "
			"is 1 when a test failed. Needs CAP_NET_ADMIN.",
		.examples = EXAMPLES("selftest mydev0",
				     "selftest mydev0 mydev1 --json | jq '.items[].result'"),
		.args = some_devices,
		.kind = &mydev_selftest_desc,
		.view = VIEW_TABLE,
		.columns = "name,kind,result,bytes,duration-ns,msg",
		.run = cmd_selftest,
	},
	{
		.name = "registers",
		.summary = "show the registers of devices",
		.description =
			"Shows the registers of the devices named, or of all that have some, as their "
			"drivers describe them. Reading them changes nothing in a device, but may wake "
			"it. In JSON offset and value are numbers. Needs CAP_NET_ADMIN.",
		.examples = EXAMPLES("registers mydev0",
				     "registers mydev0 --json | jq '.items[] | select(.name == "
				     "\"status\").value'"),
		.args = no_or_some_devices,
		.kind = &mydev_register_desc,
		.view = VIEW_TABLE,
		.columns = "device,name,offset,size,value,doc",
		.empty = "no device has registers to show",
		.flags = COMMAND_PAGED,
		.run = cmd_registers,
	},
	{
		.name = "doctor",
		.summary = "find out what is wrong, and the cure",
		.description =
			"Looks at the module, the devices, their nodes, the permissions of the "
			"user, the daemon and the journal: a line each, with the cure. The exit "
			"status is 1 when a check failed.",
		.examples = EXAMPLES("doctor",
				     "doctor --json | jq '.items[] | select(.result != \"ok\")'"),
		.kind = &mydev_check_desc,
		.view = VIEW_TABLE,
		.columns = "result,name,finding+cure",
		.flags = COMMAND_NO_HEADINGS | COMMAND_PAGED,
		.run = cmd_doctor,
	},
	{
		.name = "report",
		.summary = "write down everything for a bug report",
		.description =
			"Writes a file that has what whoever looks into a bug asks for first, and "
			"prints its name: versions, what doctor finds, the module and its "
			"parameters, the devices and their registers, the configuration of mydevd, its "
			"unit and log, the last events and what the kernel said of mydev. What cannot be read "
			"is said in its place. No data of a device is in it, nor the name of the "
			"machine or of a user.",
		.examples = EXAMPLES("report", "report - | less",
				     "report --json | jq '.items[] | select(.problem)'"),
		.args = report_args,
		.kind = &mydev_report_desc,
		.view = VIEW_SECTION,
		.run = cmd_report,
	},
	{
		.name = "help",
		.summary = "explain a command",
		.description = "Explains a command, or says which there are.",
		.examples = EXAMPLES("help", "help set"),
		.args = help_args,
		.kind = &mydev_command_desc,
		.view = VIEW_PAGE,
		.flags = COMMAND_HERE | COMMAND_PAGED,
		.run = cmd_help,
	},
	{
		.name = "version",
		.summary = "show versions",
		.description =
			"Shows the version of mydevctl and, if it is loaded, of the kernel module.",
		.examples = EXAMPLES("version"),
		.kind = &mydev_version_desc,
		.view = VIEW_RECORD,
		.run = cmd_version,
	},
	{
		.name = "select",
		.summary = "make a device the default for later commands",
		.description =
			"From now on, the device stands for the DEV of a command that is left out. "
			"The prompt shows it and its state.",
		.examples = EXAMPLES("select mydev0", "select"),
		.args = select_args,
		.kind = &mydev_dev_desc,
		.view = VIEW_NONE,
		.flags = COMMAND_SESSION | COMMAND_HERE,
		.run = cmd_select,
	},
	{
		.name = "exit",
		.summary = "leave the shell, or end the script",
		.description =
			"Leaves the shell, as Ctrl-D does, or ends a script before its last line.",
		.examples = EXAMPLES("exit"),
		.kind = &mydev_command_desc,
		.view = VIEW_NONE,
		.flags = COMMAND_SESSION | COMMAND_HERE,
		.run = cmd_exit,
	},
	{},
};
