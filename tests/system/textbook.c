// SPDX-License-Identifier: GPL-2.0-only
/*
 * textbook NODE: the program of the textbooks, which knows nothing of mydev but the two numbers. It
 * opens the device, resets it, asks for its status and closes it.
 */

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MY_IOC_MAGIC 'M'
#define MY_IOC_RESET _IO(MY_IOC_MAGIC, 0)
#define MY_IOC_GET_STATUS _IOR(MY_IOC_MAGIC, 1, int)

int main(int argc, char *argv[])
{
	int status = -1;
	int fd;

	if (argc != 2) {
		fputs("usage: textbook NODE\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDWR);
	if (fd < 0) {
		perror("open");
		return 1;
	}
	if (ioctl(fd, MY_IOC_RESET) < 0) {
		perror("reset");
		close(fd);
		return 1;
	}
	if (ioctl(fd, MY_IOC_GET_STATUS, &status) < 0) {
		perror("status");
		close(fd);
		return 1;
	}
	printf("status %d\n", status);
	return close(fd) < 0;
}
