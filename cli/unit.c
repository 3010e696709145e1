// SPDX-License-Identifier: GPL-2.0-only
/*
 * What systemd says of a unit: properties, asked for by D-Bus.
 */

#include <inttypes.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "format.h"
#include "strv.h"
#include "unit.h"

MYDEV_DEFINE_CLEANUP(sd_bus *, sd_bus_flush_close_unref);

#define MANAGER "org.freedesktop.systemd1"
#define UNIT MANAGER ".Unit"
#define SERVICE MANAGER ".Service"

/* What tells how a service is, and how it came to that; all of it is systemd's own. */
static const struct property {
	const char *interface, *name;
	char type; /* of the bus: string, uint32, int32 */
} properties[] = {
	{ UNIT, "LoadState", 's' },	  { UNIT, "ActiveState", 's' },
	{ UNIT, "SubState", 's' },	  { UNIT, "UnitFileState", 's' },
	{ SERVICE, "Result", 's' },	  { SERVICE, "NRestarts", 'u' },
	{ SERVICE, "ExecMainCode", 'i' }, { SERVICE, "ExecMainStatus", 'i' },
	{ SERVICE, "StatusText", 's' },	  { SERVICE, "StatusErrno", 'i' },
};

static int open_unit(const char *unit, sd_bus **ret_bus, char **ret_path)
{
	int r;

	r = sd_bus_open_system(ret_bus);
	if (r < 0) {
		*ret_bus = NULL;
		return r;
	}
	return sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, ret_path);
}

int unit_state(const char *unit, char **ret)
{
	_cleanup_(sd_bus_flush_close_unref_p) sd_bus *bus = NULL;
	_cleanup_free_ char *path = NULL;
	int r;

	r = open_unit(unit, &bus, &path);
	return r < 0 ? r :
		       sd_bus_get_property_string(bus, MANAGER, path, UNIT, "ActiveState", NULL,
						  ret);
}

static int get_number(sd_bus *bus, const char *path, const struct property *property, char **ret)
{
	uint32_t number; /* as large as any of the types */
	int r;

	r = sd_bus_get_property_trivial(bus, MANAGER, path, property->interface, property->name,
					NULL, property->type, &number);
	if (r < 0)
		return r;
	return property->type == 'u' ? mydev_asprintf(ret, "%" PRIu32, number) :
				       mydev_asprintf(ret, "%" PRId32, (int32_t)number);
}

static int add_property(sd_bus *bus, const char *path, const struct property *property,
			char ***lines)
{
	_cleanup_free_ char *value = NULL, *line = NULL;
	int r;

	r = property->type == 's' ?
		    sd_bus_get_property_string(bus, MANAGER, path, property->interface,
					       property->name, NULL, &value) :
		    get_number(bus, path, property, &value);
	if (r >= 0)
		r = mydev_asprintf(&line, "%s=%s", property->name, value);
	return r < 0 ? r : mydev_strv_append(lines, line, strlen(line));
}

int unit_describe(const char *unit, char ***ret)
{
	_cleanup_(sd_bus_flush_close_unref_p) sd_bus *bus = NULL;
	_cleanup_free_ char *path = NULL;
	_cleanup_strv_ char **lines = NULL;
	int r;

	r = open_unit(unit, &bus, &path);
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(properties) && r >= 0; i++)
		r = add_property(bus, path, &properties[i], &lines);
	if (r >= 0)
		*ret = MYDEV_TAKE(lines);
	return r < 0 ? r : 0;
}
