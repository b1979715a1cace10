/* SPDX-License-Identifier: MIT */
/* The virtio-input device. */
#include "backends/virtio/input.h"

#include <endian.h>
#include <linux/input.h>
#include <string.h>

#include "backends/guest_memory.h"
#include "protocol/bounds.h"

/* Chains of one turn: a driver that adds as fast as they go does not keep us. */
#define TURN_CHAINS STATE_QUEUE_SIZE
/* What one contact may say in a frame that makes up for others. */
#define CONTACT_EVENTS 4

void virtio_input_init(struct virtio_input *input, const struct input_identity *identity,
	struct state_input *state, const struct guest_memory *memory,
	const struct virtio_input_listener *listener, void *data)
{
	*input = (struct virtio_input){
		.identity = *identity,
		.listener = listener,
		.data = data,
		.state = state,
		.memory = memory,
	};
}

static enum input_kind input_kind(const struct virtio_input *input)
{
	return input_device_kind(input->identity.device);
}

/* -- the config space -- */

void virtio_input_config_read(
	const struct virtio_input *input, uint32_t offset, void *to, uint32_t len)
{
	struct virtio_input_config config;

	input_config_make(&input->identity, input->state->select, input->state->subsel, &config);
	if (range_fits(offset, len, sizeof(config)))
		memcpy(to, (const char *)&config + offset, len);
}

/* The driver owns the first two bytes. */
void virtio_input_config_write(
	struct virtio_input *input, uint32_t offset, const void *from, uint32_t len)
{
	const uint8_t *bytes = from;

	for (uint32_t i = 0; i < len; i++) {
		if (offset + i == offsetof(struct virtio_input_config, select))
			input->state->select = bytes[i];
		else if (offset + i == offsetof(struct virtio_input_config, subsel))
			input->state->subsel = bytes[i];
	}
}

/* -- the difference between what was told and what is -- */

static void add_keys(struct virtio_input *input, bool down, struct input_frame *frame)
{
	for (uint32_t word = 0; word < INPUT_KEY_WORDS; word++) {
		uint64_t told = input->state->keys[word], held = input->held.keys[word];
		uint64_t changes = down ? held & ~told : told & ~held;
		for (; changes && frame->n < INPUT_FRAME_EVENTS; changes &= changes - 1)
			input_frame_add(frame, EV_KEY, 64 * word + __builtin_ctzll(changes), down);
	}
}

static void add_ends(struct virtio_input *input, struct input_frame *frame)
{
	for (uint32_t i = 0; i < INPUT_SLOTS; i++) {
		if (!input->state->contacts[i] ||
			input->state->contacts[i] == input->held.contacts[i].id)
			continue;
		input_frame_add(frame, EV_ABS, ABS_MT_SLOT, i);
		/* Or the slot's next contact would be one as well. */
		if (input->state->palms >> i & 1)
			input_frame_add(frame, EV_ABS, ABS_MT_TOOL_TYPE, MT_TOOL_FINGER);
		input_frame_add(frame, EV_ABS, ABS_MT_TRACKING_ID, -1);
	}
}

/* Those that are there, with where they are. */
static void add_contacts(struct virtio_input *input, struct input_frame *frame)
{
	for (uint32_t i = 0; i < INPUT_SLOTS; i++) {
		const struct input_held_contact *contact = &input->held.contacts[i];
		if (!contact->id)
			continue;
		input_frame_add(frame, EV_ABS, ABS_MT_SLOT, i);
		if (!input->state->contacts[i])
			input_frame_add(frame, EV_ABS, ABS_MT_TRACKING_ID, contact->id - 1);
		input_frame_add(frame, EV_ABS, ABS_MT_POSITION_X, contact->x);
		input_frame_add(frame, EV_ABS, ABS_MT_POSITION_Y, contact->y);
	}
}

_Static_assert(CONTACT_EVENTS * INPUT_SLOTS < INPUT_FRAME_EVENTS, "a frame holds all contacts");

/* All that waited was told. First what ended, so that a slot's next contact is another one. */
static void input_catch_up(struct virtio_input *input)
{
	struct input_frame frame = { 0 };

	add_ends(input, &frame);
	add_keys(input, false, &frame);
	if (!frame.n) {
		add_contacts(input, &frame);
		add_keys(input, true, &frame);
		input->behind = frame.n == INPUT_FRAME_EVENTS;
	}
	if (frame.n)
		input_queue_add(&input->waiting, &frame);
}

/* -- to the driver -- */

static void note_palm(struct state_input *state, uint32_t slot, bool is_palm)
{
	if (is_palm)
		state->palms |= 1u << slot;
	else
		state->palms &= ~(1u << slot);
}

/* Before it may have heard of it, or after: what is told to be down is never too little. */
static void note_told(struct virtio_input *input, const struct input_frame_event *event, bool down)
{
	struct state_input *state = input->state;

	if (event->type == EV_KEY && (event->value != 0) == down)
		input_keys_set(state->keys, event->code, down);
	else if (event->type == EV_ABS && event->code == ABS_MT_SLOT)
		input->told_slot = event->value;
	else if (event->type == EV_ABS && event->code == ABS_MT_TRACKING_ID &&
		(event->value >= 0) == down)
		state->contacts[input->told_slot] = down ? (uint32_t)event->value + 1 : 0;
	else if (event->type == EV_ABS && event->code == ABS_MT_TOOL_TYPE &&
		(event->value == MT_TOOL_PALM) == down)
		note_palm(state, input->told_slot, down);
}

/* False: the driver's buffer takes none. */
static bool event_write(struct virtio_input *input, const struct virtqueue_chain *chain,
	const struct input_frame_event *event)
{
	struct virtio_input_event bytes = {
		.type = htole16(event->type),
		.code = htole16(event->code),
		.value = htole32(event->value),
	};

	return virtqueue_chain_write(chain, input->memory, &bytes, sizeof(bytes)) == sizeof(bytes);
}

/* 1: told; 0: no buffer; -EPROTO: none that is one. */
static int input_tell(struct virtio_input *input, const struct input_frame_event *event)
{
	struct virtqueue *queue = &input->queues[VIRTIO_INPUT_EVENTS];
	struct virtqueue_chain chain;

	int ret = virtqueue_pop(queue, input->memory, &chain);
	if (ret <= 0)
		return 0;
	if (!event_write(input, &chain, event)) {
		log_limited(&input->refusals, LOG_LEVEL_WARN,
			"the guest gives a buffer of %llu bytes for an input event",
			(unsigned long long)chain.writable_bytes);
		virtqueue_push(queue, chain.head, 0);
		return -1;
	}
	note_told(input, event, true);
	STATE_STEP();
	virtqueue_push(queue, chain.head, sizeof(struct virtio_input_event));
	STATE_STEP();
	note_told(input, event, false);
	return 1;
}

static void input_pump(struct virtio_input *input)
{
	const struct input_frame_event *event;
	uint32_t chains = 0;

	if (!input->queues)
		return;
	while (chains < TURN_CHAINS) {
		if (!input_queue_first(&input->waiting) && input->behind)
			input_catch_up(input);
		event = input_queue_first(&input->waiting);
		if (!event)
			break;
		int ret = input_tell(input, event);
		if (ret == 0)
			break;
		chains++;
		if (ret > 0)
			input_queue_drop_first(&input->waiting);
	}
	if (chains)
		input->listener->notify(input->data, VIRTIO_INPUT_EVENTS);
	if (chains == TURN_CHAINS)
		input->listener->again(input->data, VIRTIO_INPUT_EVENTS);
}

void virtio_input_send(struct virtio_input *input, const struct input_frame *frame)
{
	struct input_frame changes;

	if (!input->ready)
		return;
	input_held_change(&input->held, input_kind(input), frame, &changes);
	if (!changes.n)
		return;
	input->state->frames++;
	if (!input->behind && !input_queue_add(&input->waiting, &changes))
		input->behind = true;
	if (input->behind)
		input->state->dropped++;
	input->state->coalesced = input->waiting.coalesced;
	input_pump(input);
}

/* -- from the driver -- */

static void set_leds(struct virtio_input *input, uint32_t leds)
{
	if (leds == input->state->leds)
		return;
	input->state->leds = leds;
	input->listener->leds(input->data, leds);
}

static void status_take(struct virtio_input *input, const struct virtqueue_chain *chain)
{
	struct virtio_input_event event;

	ssize_t n = virtqueue_chain_read(chain, input->memory, &event, sizeof(event));
	if (n != sizeof(event)) {
		log_limited(&input->refusals, LOG_LEVEL_WARN,
			"the guest's input driver sends a status of %llu bytes",
			(unsigned long long)chain->readable_bytes);
		return;
	}
	uint16_t type = le16toh(event.type), code = le16toh(event.code);
	if (type != EV_LED || !input_kind_has(input_kind(input), type, code))
		return;
	uint32_t before = input->state->leds;
	set_leds(input, event.value ? before | 1u << code : before & ~(1u << code));
}

static void input_take_status(struct virtio_input *input)
{
	struct virtqueue *queue = &input->queues[VIRTIO_INPUT_STATUS];
	struct virtqueue_chain chain;
	uint32_t chains = 0;

	while (chains < TURN_CHAINS && virtqueue_pop(queue, input->memory, &chain) > 0) {
		status_take(input, &chain);
		virtqueue_push(queue, chain.head, 0);
		chains++;
	}
	if (chains)
		input->listener->notify(input->data, VIRTIO_INPUT_STATUS);
	if (chains == TURN_CHAINS)
		input->listener->again(input->data, VIRTIO_INPUT_STATUS);
}

void virtio_input_kicked(struct virtio_input *input, uint32_t queue)
{
	if (!input->queues)
		return;
	if (queue == VIRTIO_INPUT_STATUS) {
		input_take_status(input);
		return;
	}
	/* A VMM kicks a ring that it starts, before a driver has anything to do with it. */
	if (virtqueue_has_more(&input->queues[queue]))
		input->ready = true;
	input_pump(input);
}

/* -- life -- */

/* As after a death: what was told is made up for once all that waits is told. */
void virtio_input_lift(struct virtio_input *input)
{
	input->held = (struct input_held){ 0 };
	input->behind = true;
	input_pump(input);
}

void virtio_input_reset(struct virtio_input *input)
{
	input_queue_clear(&input->waiting);
	input->held = (struct input_held){ 0 };
	input->ready = input->behind = false;
	memset(input->state->keys, 0, sizeof(input->state->keys));
	memset(input->state->contacts, 0, sizeof(input->state->contacts));
	input->state->palms = 0;
	input->state->select = input->state->subsel = 0;
	set_leds(input, 0);
}

/* One that was taken and not given back: an end of nothing, to a driver that reads it. */
static void input_give_back(struct virtio_input *input, uint32_t index, uint16_t head)
{
	static const struct input_frame_event nothing = { EV_SYN, SYN_REPORT, 0 };
	struct virtqueue *queue = &input->queues[index];
	struct virtqueue_chain chain;
	bool written = index == VIRTIO_INPUT_EVENTS &&
		virtqueue_read_again(queue, input->memory, head, &chain) > 0 &&
		event_write(input, &chain, &nothing);

	virtqueue_push(queue, head, written ? sizeof(struct virtio_input_event) : 0);
}

void virtio_input_restore(struct virtio_input *input)
{
	for (uint32_t index = 0; index < VIRTIO_INPUT_QUEUES; index++) {
		struct virtqueue *queue = &input->queues[index];
		for (uint32_t head = 0; queue->running && head < queue->state->size; head++) {
			if (queue->state->inflight[head].inflight)
				input_give_back(input, index, head);
		}
	}
	/* Where it has taken a round number of events, its next buffers tell. */
	input->ready = state_queue_last_avail(input->queues[VIRTIO_INPUT_EVENTS].state);
	input->behind = true;
}
