/* SPDX-License-Identifier: MIT */
#ifndef BASE_LIST_H
#define BASE_LIST_H

/* A circular doubly linked list whose links live inside its elements. */

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *prev, *next;
};

#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

static inline void list_init(struct list *list)
{
	list->prev = list->next = list;
}

static inline bool list_empty(const struct list *list)
{
	return list->next == list;
}

/* Insert `elem` after `pos`; with the head as `pos->prev`, at the end. */
static inline void list_insert(struct list *pos, struct list *elem)
{
	elem->prev = pos;
	elem->next = pos->next;
	pos->next->prev = elem;
	pos->next = elem;
}

static inline void list_append(struct list *head, struct list *elem)
{
	list_insert(head->prev, elem);
}

/* Leaves the element an empty list of its own: removing it twice is harmless. */
static inline void list_remove(struct list *elem)
{
	elem->prev->next = elem->next;
	elem->next->prev = elem->prev;
	list_init(elem);
}

#define list_for_each(pos, head, member)                                                           \
	for (pos = container_of((head)->next, __typeof__(*pos), member); &pos->member != (head);    \
		pos = container_of(pos->member.next, __typeof__(*pos), member))

/* The body may remove `pos`. */
#define list_for_each_safe(pos, tmp, head, member)                                                 \
	for (pos = container_of((head)->next, __typeof__(*pos), member),                            \
	    tmp = container_of(pos->member.next, __typeof__(*pos), member);                         \
		&pos->member != (head);                                                             \
		pos = tmp, tmp = container_of(pos->member.next, __typeof__(*pos), member))

#endif
