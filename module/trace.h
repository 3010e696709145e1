/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: the data path (bytes in, out, lost), the control path (what was asked of a device,
 * and the outcome), and every event. With tracing off each is a no-op of a few bytes.
 */
#ifndef MYDEV_TRACE_CONTROL
#define MYDEV_TRACE_CONTROL

/* Read once; what follows is read again and again. */
enum mydev_control {
	MYDEV_CONTROL_REGISTER,
	MYDEV_CONTROL_UNREGISTER,
	MYDEV_CONTROL_SET,
	MYDEV_CONTROL_RESET,
	MYDEV_CONTROL_SELFTEST,
};

#endif

#undef TRACE_SYSTEM
#define TRACE_SYSTEM mydev

#if !defined(MYDEV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MYDEV_TRACE_H

#include <linux/tracepoint.h>

#include "compat.h"
#include "event.h"

TRACE_DEFINE_ENUM(MYDEV_CONTROL_REGISTER);
TRACE_DEFINE_ENUM(MYDEV_CONTROL_UNREGISTER);
TRACE_DEFINE_ENUM(MYDEV_CONTROL_SET);
TRACE_DEFINE_ENUM(MYDEV_CONTROL_RESET);
TRACE_DEFINE_ENUM(MYDEV_CONTROL_SELFTEST);

/* Laid out as the trace headers of the kernel are: */
/* clang-format off */
DECLARE_EVENT_CLASS(mydev_bytes,
	TP_PROTO(u32 id, size_t bytes, u32 used),
	TP_ARGS(id, bytes, used),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(size_t, bytes)
		__field(u32, used)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->bytes = bytes;
		__entry->used = used;
	),
	TP_printk("mydev%u bytes=%zu used=%u", __entry->id, __entry->bytes, __entry->used)
);

/* A reader took bytes; used is what is left. */
DEFINE_EVENT(mydev_bytes, mydev_read,
	TP_PROTO(u32 id, size_t bytes, u32 used),
	TP_ARGS(id, bytes, used));

/* The device took bytes from a writer; used is the fill of the receive ring after it. */
DEFINE_EVENT(mydev_bytes, mydev_write,
	TP_PROTO(u32 id, size_t bytes, u32 used),
	TP_ARGS(id, bytes, used));

/* The device delivered bytes; used is the fill after it. */
DEFINE_EVENT(mydev_bytes, mydev_rx,
	TP_PROTO(u32 id, size_t bytes, u32 used),
	TP_ARGS(id, bytes, used));

TRACE_EVENT(mydev_lost,
	TP_PROTO(u32 id, u64 bytes),
	TP_ARGS(id, bytes),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u64, bytes)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->bytes = bytes;
	),
	TP_printk("mydev%u bytes=%llu", __entry->id, __entry->bytes)
);

/* It was asked for, and this is what came of it: 0 or -errno. */
TRACE_EVENT(mydev_control,
	TP_PROTO(u32 id, enum mydev_control what, int err),
	TP_ARGS(id, what, err),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, what)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->what = what;
		__entry->err = err;
	),
	TP_printk("mydev%u %s err=%d", __entry->id,
		  __print_symbolic(__entry->what,
				   { MYDEV_CONTROL_REGISTER, "register" },
				   { MYDEV_CONTROL_UNREGISTER, "unregister" },
				   { MYDEV_CONTROL_SET, "set" },
				   { MYDEV_CONTROL_RESET, "reset" },
				   { MYDEV_CONTROL_SELFTEST, "selftest" }),
		  __entry->err)
);

TRACE_EVENT(mydev_event,
	TP_PROTO(const struct mydev_event *ev),
	TP_ARGS(ev),
	TP_STRUCT__entry(
		__field(u64, seq)
		__field(u32, event)
		__field(u32, id)
		__string(kind, ev->kind)
	),
	TP_fast_assign(
		__entry->seq = ev->seq;
		__entry->event = ev->event;
		__entry->id = ev->dev_id;
		mydev_assign_str(kind, ev->kind);
	),
	TP_printk("mydev%u kind=%s event=%u seq=%llu", __entry->id, __get_str(kind),
		  __entry->event, __entry->seq)
);

#endif

/* clang-format on */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace

#include <trace/define_trace.h>
