/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One request to the kernel and its answer, whatever the operation: the engine below the typed calls of libmydev.h.
 * Private to libmydev.
 */
#ifndef MYDEV_REQUEST_H
#define MYDEV_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libmydev.h"
#include "nlsock.h"

/* The family as it is registered now; the numbers are others when the module is loaded again. */
struct mydev_family {
	uint16_t id; /* 0: not known */
	uint32_t events; /* multicast group; 0: none */
};

struct mydev_client {
	struct mydev_nlsock
		sock; /* closed when an answer was not read to its end; the next request opens it again */
	struct mydev_family family;
	uint32_t seq;
	char *error;
};

/* Called with the attributes of each reply; non-zero ends the request and is what that returns. */
typedef int (*mydev_reply_fn)(const void *attrs, size_t len, void *userdata);

struct mydev_request {
	uint8_t cmd;
	bool dump;
	const struct mydev_desc *desc; /* of obj; NULL: the request has no attributes */
	const void *obj;
	mydev_reply_fn reply; /* NULL: replies are of no interest */
	void *userdata;
	bool interrupted; /* result: the dump is not of one moment */
	bool refused; /* result: the error is the kernel's answer */
};

/* As mydev_client_new(), but succeeds without the family. */
int mydev_client_open(struct mydev_client **ret);

/* Looks the family up: 0, -EPROTONOSUPPORT or another -errno. */
int mydev_client_resolve(struct mydev_client *c);

/*
 * Sends the request and calls reply until the answer ends. Resolves the family if it is not known, and once more when
 * the kernel does not know it any longer.
 */
int mydev_request(struct mydev_client *c, struct mydev_request *req);

/* What a family's entry (CTRL_CMD_NEWFAMILY, -DELFAMILY) says of ours; false when it is another's. */
bool mydev_family_from_nl(const void *attrs, size_t len, struct mydev_family *ret);

/* The attributes of a generic netlink message, or NULL when it is too short to be one; *ret_cmd may be NULL. */
const void *mydev_genl_attrs(const struct nlmsghdr *msg, uint8_t *ret_cmd, size_t *ret_len);

#endif
