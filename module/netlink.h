/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the netlink family offer each other.
 */
#ifndef MYDEV_NETLINK_H
#define MYDEV_NETLINK_H

struct genl_family;
struct mydev;
struct mydev_event;
struct netlink_ext_ack;
struct nlattr;
struct sk_buff;

extern struct genl_family mydev_nl_family;

/* Add the attributes of an object: 0, or -EMSGSIZE with some of them added. */
int mydev_nl_fill_dev(struct sk_buff *skb, struct mydev *mdev);
int mydev_nl_fill_event(struct sk_buff *skb, const struct mydev_event *ev);

/* The device that a request names by id or name, with a reference, or ERR_PTR with extack set. */
struct mydev *mydev_nl_find(struct nlattr **attrs, struct netlink_ext_ack *extack);

#endif
