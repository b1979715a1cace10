/* SPDX-License-Identifier: MIT */
/* [input NAME]: devices that are given to guests. */
#include "daemon/config_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/input.h"

struct config_input *config_input_create(const char *name)
{
	struct config_input *input = calloc(1, sizeof(*input));

	if (!input)
		return NULL;
	strcpy(input->name, name);
	input->area = area_whole;
	memcpy(input->calibration, uncalibrated, sizeof(uncalibrated));
	return input;
}

struct config_input *config_input_find(const struct config *config, const char *name)
{
	struct config_input *input;

	list_for_each (input, &config->inputs, link) {
		if (strcmp(input->name, name) == 0)
			return input;
	}
	return NULL;
}

void config_take_inputs(struct config *to, struct config *from)
{
	struct config_input *input, *next;

	config_free_inputs(to);
	list_for_each_safe (input, next, &from->inputs, link) {
		list_remove(&input->link);
		list_append(&to->inputs, &input->link);
	}
	to->n_inputs = from->n_inputs;
	from->n_inputs = 0;
}

void config_free_inputs(struct config *config)
{
	struct config_input *input, *next;

	list_for_each_safe (input, next, &config->inputs, link) {
		list_remove(&input->link);
		free(input);
	}
	config->n_inputs = 0;
}

static bool check_guest(
	const struct config *config, const struct config_input *input, char *why, size_t size)
{
	const struct config_guest *guest = config_guest_find(config, input->guest);

	if (!guest)
		snprintf(why, size, "there is no [guest %s]", input->guest);
	else if (guest->type == CONFIG_TYPE_CONTAINER)
		snprintf(why, size, "[guest %s] is a container, which has no input devices",
			input->guest);
	else if (input->kind == CONFIG_INPUT_KEYS &&
		 !config_guest_has_input(guest, input_device(INPUT_KEYS, 0)))
		snprintf(why, size,
			"kind = keys: [guest %s] has no such device: put keys into its input",
			input->guest);
	else if (input->head >= guest->max_heads)
		snprintf(why, size,
			"head = %u: [guest %s] has at most %u head%s, and numbers start at 0",
			input->head, input->guest, guest->max_heads,
			guest->max_heads == 1 ? "" : "s");
	else
		return true;
	return false;
}

/* Of the same device, earlier in the file. */
static bool check_pair(const struct config_input *input, const struct config_input *other,
	uint32_t n_before, char *why, size_t size)
{
	if (input->kind != other->kind || input->kind == CONFIG_INPUT_KEYS)
		snprintf(why, size,
			"[input %s] has the same device, and only a panel can be divided",
			other->name);
	else if (n_before > AREAS_MAX)
		snprintf(why, size, "a device has at most %u sections", AREAS_MAX);
	else if (memcmp(input->calibration, uncalibrated, sizeof(uncalibrated)) != 0)
		snprintf(why, size,
			"calibration: it is for the whole device, and belongs to its first "
			"section, "
			"[input %s]",
			other->name);
	else if (areas_overlap(&input->area, &other->area))
		snprintf(why, size, "its area and that of [input %s] overlap on the same device",
			other->name);
	else
		return true;
	return false;
}

bool config_input_check(
	const struct config *config, const struct config_input *input, char *why, size_t size)
{
	const struct config_input *other;
	uint32_t n_before = 0;

	if (input->guest[0] && !check_guest(config, input, why, size))
		return false;
	list_for_each (other, &config->inputs, link) {
		if (other == input)
			break;
		if (input->device[0] && strcmp(other->device, input->device) == 0 &&
			!check_pair(input, other, ++n_before + 1, why, size))
			return false;
	}
	return true;
}
