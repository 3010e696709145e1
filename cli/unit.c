// SPDX-License-Identifier: GPL-2.0-only
/*
 * What systemd says of a unit: a property, asked for by D-Bus.
 */

#include <systemd/sd-bus.h>

#include "cleanup.h"
#include "unit.h"

MYDEV_DEFINE_CLEANUP(sd_bus *, sd_bus_flush_close_unref);

int unit_state(const char *unit, char **ret)
{
	_cleanup_(sd_bus_flush_close_unref_p) sd_bus *bus = NULL;
	_cleanup_free_ char *path = NULL;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = sd_bus_open_system(&bus);
	if (r < 0)
		return r;
	r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path);
	if (r < 0)
		return r;
	r = sd_bus_get_property_string(bus, "org.freedesktop.systemd1", path,
				       "org.freedesktop.systemd1.Unit", "ActiveState", &error, ret);
	sd_bus_error_free(&error);
	return r;
}
