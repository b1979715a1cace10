/* SPDX-License-Identifier: MIT */
/* Regions of outputs. */
#include "compositor/config_region.h"

#include <string.h>

#include "base/log.h"
#include "compositor/config.h"
#include "compositor/config_keys.h"
#include "compositor/turn.h"

#define WORD "region "

bool config_region_is_key(const char *key)
{
	return strncmp(key, WORD, strlen(WORD)) == 0;
}

static const struct config_region *region_find(const struct config *config, const char *name)
{
	for (uint32_t i = 0; i < config->n_outputs; i++) {
		const struct config_output *output = &config->outputs[i];
		for (uint32_t j = 0; j < output->n_regions; j++) {
			if (strcmp(output->regions[j].name, name) == 0)
				return &output->regions[j];
		}
	}
	return NULL;
}

void config_region_set(struct settings_errors *errors, struct config *config,
	struct config_output *output, unsigned line, const char *key, const char *value)
{
	const char *name = key + strlen(WORD);
	const struct config_region *other = region_find(config, name);
	unsigned claim = other ? other->line : 0;

	if (!value_is_name(name) || strlen(name) >= CONFIG_OUTPUT_NAME_MAX) {
		settings_error(errors, line,
			"%.*s: expected a name of 1 to 31 letters, digits, '.', '_' and '-'",
			SETTINGS_SHOWN, key);
		return;
	}
	if (output->n_regions == CONFIG_REGIONS_MAX) {
		settings_error(errors, line, "%s: there are 16 regions already", key);
		return;
	}
	struct config_region *region = &output->regions[output->n_regions];
	*region = (struct config_region){ .line = line };
	strcpy(region->name, name);
	settings_set(errors, line, key, &config_region_key, &claim, region, value);
	if (region->width_px)
		output->n_regions++;
}

void config_regions_check(struct settings_errors *errors, const struct config *config)
{
	for (uint32_t i = 0; i < config->n_outputs; i++) {
		const struct config_region *region = region_find(config, config->outputs[i].name);
		if (region)
			settings_error(errors, region->line,
				"region %s: there is an output of this name", region->name);
	}
}

static bool regions_overlap(const struct config_region *one, const struct config_region *other)
{
	return one->x < other->x + other->width_px && other->x < one->x + one->width_px &&
	       one->y < other->y + other->height_px && other->y < one->y + one->height_px;
}

/* One of those among the first `n` that can be, which the region overlaps; or NULL. */
static const struct config_region *region_find_over(const struct config_output *output,
	const struct config_region *region, uint32_t fitting, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (fitting & 1u << i && regions_overlap(region, &output->regions[i]))
			return &output->regions[i];
	}
	return NULL;
}

uint32_t config_fit_regions(
	const struct config_output *output, uint32_t width_px, uint32_t height_px)
{
	uint32_t fitting = 0;

	for (uint32_t i = 0; i < output->n_regions; i++) {
		const struct config_region *region = &output->regions[i];
		const struct config_region *other = region_find_over(output, region, fitting, i);
		if (region->x + region->width_px > width_px ||
			region->y + region->height_px > height_px)
			log_warn("output %s: region %s leaves the panel, which is %ux%u: it is "
				 "left out",
				output->name, region->name, width_px, height_px);
		else if (other)
			log_warn("output %s: region %s overlaps region %s: it is left out",
				output->name, region->name, other->name);
		else
			fitting |= 1u << i;
	}
	return fitting;
}

/* As large as its mode, if there is one for it. */
static bool output_check(const struct config_output *output)
{
	const struct screen_mode *mode = &output->mode;
	bool turned = turn_is_on_side(output->transform.is);
	uint32_t width_px = turned ? mode->height_px : mode->width_px;
	uint32_t height_px = turned ? mode->width_px : mode->height_px;
	uint32_t fitting = width_px ? config_fit_regions(output, width_px, height_px)
				    : config_fit_regions(output, UINT32_MAX, UINT32_MAX);

	return fitting == (1u << output->n_regions) - 1;
}

bool config_check(const struct config *config)
{
	bool is_good = true;

	for (uint32_t i = 0; i < config->n_outputs; i++)
		is_good &= output_check(&config->outputs[i]);
	return is_good;
}
