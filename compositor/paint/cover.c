/* SPDX-License-Identifier: MIT */
/* What of each item is to be painted. */
#include "compositor/paint/cover.h"

#include <errno.h>
#include <stdlib.h>

#include "compositor/paint/scene.h"

int cover_init(struct cover *cover, const struct scene *scene, const pixman_region32_t *damage)
{
	*cover = (struct cover){ 0 };
	pixman_region32_init(&cover->bare);
	if (scene->n_items > 0)
		cover->items = calloc(scene->n_items, sizeof(*cover->items));
	if (scene->n_items > 0 && !cover->items)
		return -ENOMEM;
	pixman_region32_copy(&cover->bare, (pixman_region32_t *)damage);
	/* From the topmost down; `bare` is what those above have not hidden. */
	cover->n_items = scene->n_items;
	for (uint32_t i = scene->n_items; i-- > 0;) {
		const pixman_box32_t *clip = &scene->items[i].clip;
		pixman_region32_init(&cover->items[i]);
		pixman_region32_intersect_rect(&cover->items[i], &cover->bare, clip->x1, clip->y1,
			clip->x2 - clip->x1, clip->y2 - clip->y1);
		if (scene->items[i].is_opaque)
			pixman_region32_subtract(&cover->bare, &cover->bare, &cover->items[i]);
	}
	return 0;
}

void cover_finish(struct cover *cover)
{
	for (uint32_t i = 0; i < cover->n_items; i++)
		pixman_region32_fini(&cover->items[i]);
	free(cover->items);
	pixman_region32_fini(&cover->bare);
}

bool cover_blends(const struct cover *cover, const struct scene *scene)
{
	for (uint32_t i = 0; i < cover->n_items; i++) {
		if (!scene->items[i].is_opaque && pixman_region32_not_empty(&cover->items[i]))
			return true;
	}
	return false;
}
