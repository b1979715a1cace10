/* SPDX-License-Identifier: MIT */
/* vhost-user messages from bytes to a struct: one table of sizes and descriptors. */
#include "protocol/vhost_user.h"

#include "protocol/reader.h"

static void read_none(struct reader *r, struct vhost_user_message *m)
{
}

static void read_u64_payload(struct reader *r, struct vhost_user_message *m)
{
	m->u64 = read_u64(r);
}

static void read_vring_state(struct reader *r, struct vhost_user_message *m)
{
	m->vring_state.index = read_u32(r);
	m->vring_state.num = read_u32(r);
}

static void read_vring_addr(struct reader *r, struct vhost_user_message *m)
{
	m->vring_addr.index = read_u32(r);
	m->vring_addr.flags = read_u32(r);
	m->vring_addr.desc = read_u64(r);
	m->vring_addr.used = read_u64(r);
	m->vring_addr.avail = read_u64(r);
	m->vring_addr.log = read_u64(r);
}

static void read_vring_fd(struct reader *r, struct vhost_user_message *m)
{
	uint64_t value = read_u64(r);
	m->vring_fd.index = value & 0xff;
	m->vring_fd.no_fd = value & 0x100;
}

static struct vhost_user_region read_region(struct reader *r)
{
	struct vhost_user_region region;
	region.guest_addr = read_u64(r);
	region.size_bytes = read_u64(r);
	region.user_addr = read_u64(r);
	region.fd_offset = read_u64(r);
	return region;
}

static void read_table(struct reader *r, struct vhost_user_message *m)
{
	m->table.n = read_u32(r);
	read_u32(r);
	if (m->table.n > VHOST_USER_TABLE_REGIONS) {
		r->failed = true;
		return;
	}
	for (uint32_t i = 0; i < m->table.n; i++)
		m->table.regions[i] = read_region(r);
	/* User Mode Linux always sends room for two. */
	if (reader_left(r) % VHOST_USER_REGION_BYTES == 0)
		read_view(r, reader_left(r));
}

static void read_single_region(struct reader *r, struct vhost_user_message *m)
{
	read_u64(r);
	m->region = read_region(r);
}

static void read_config(struct reader *r, struct vhost_user_message *m)
{
	m->config.offset = read_u32(r);
	m->config.size = read_u32(r);
	m->config.flags = read_u32(r);
	m->config.data = m->config.size <= VHOST_USER_CONFIG_MAX ?
		read_view(r, m->config.size) : NULL;
	if (!m->config.data)
		r->failed = true;
}

static const struct request_rule {
	const char *name;
	void (*read)(struct reader *r, struct vhost_user_message *m);
	uint8_t fds_min, fds_max;
} request_rules[] = {
#define REQUEST(name, read, fds_min, fds_max)                                                      \
	[VHOST_USER_##name] = { #name, read, fds_min, fds_max }
	REQUEST(GET_FEATURES, read_none, 0, 0),
	REQUEST(SET_FEATURES, read_u64_payload, 0, 0),
	REQUEST(SET_OWNER, read_none, 0, 0),
	REQUEST(RESET_OWNER, read_none, 0, 0),
	REQUEST(SET_MEM_TABLE, read_table, 0, VHOST_USER_TABLE_REGIONS),
	REQUEST(SET_VRING_NUM, read_vring_state, 0, 0),
	REQUEST(SET_VRING_ADDR, read_vring_addr, 0, 0),
	REQUEST(SET_VRING_BASE, read_vring_state, 0, 0),
	REQUEST(GET_VRING_BASE, read_vring_state, 0, 0),
	REQUEST(SET_VRING_KICK, read_vring_fd, 0, 1),
	REQUEST(SET_VRING_CALL, read_vring_fd, 0, 1),
	REQUEST(SET_VRING_ERR, read_vring_fd, 0, 1),
	REQUEST(GET_PROTOCOL_FEATURES, read_none, 0, 0),
	REQUEST(SET_PROTOCOL_FEATURES, read_u64_payload, 0, 0),
	REQUEST(GET_QUEUE_NUM, read_none, 0, 0),
	REQUEST(SET_VRING_ENABLE, read_vring_state, 0, 0),
	REQUEST(SET_BACKEND_REQ_FD, read_none, 1, 1),
	REQUEST(GET_CONFIG, read_config, 0, 0),
	REQUEST(SET_CONFIG, read_config, 0, 0),
	REQUEST(GPU_SET_SOCKET, read_none, 1, 1),
	REQUEST(RESET_DEVICE, read_none, 0, 0),
	REQUEST(GET_MAX_MEM_SLOTS, read_none, 0, 0),
	REQUEST(ADD_MEM_REG, read_single_region, 1, 1),
	REQUEST(REM_MEM_REG, read_single_region, 0, 1),
#undef REQUEST
};

#define N_REQUESTS (sizeof(request_rules) / sizeof(request_rules[0]))

static const struct request_rule *request_rule_find(uint32_t request)
{
	if (request >= N_REQUESTS || !request_rules[request].name)
		return NULL;
	return &request_rules[request];
}

const char *vhost_user_request_name(uint32_t request)
{
	const struct request_rule *rule = request_rule_find(request);
	return rule ? rule->name : "unknown";
}

const char *vhost_user_check_header(const struct vhost_user_header *header)
{
	if ((header->flags & VHOST_USER_VERSION_MASK) != VHOST_USER_VERSION)
		return "not vhost-user version 1";
	if (header->flags & VHOST_USER_FLAG_REPLY)
		return "a reply where a request is expected";
	if (!request_rule_find(header->request))
		return "an unknown request";
	if (header->size > VHOST_USER_PAYLOAD_MAX)
		return "a payload that is too long";
	return NULL;
}

/* Messages about a vring's descriptor carry one, or say that they have none. */
static bool descriptors_fit(const struct vhost_user_message *m, size_t n_fds)
{
	switch (m->request) {
	case VHOST_USER_SET_VRING_KICK:
	case VHOST_USER_SET_VRING_CALL:
	case VHOST_USER_SET_VRING_ERR:
		return n_fds == (m->vring_fd.no_fd ? 0 : 1);
	case VHOST_USER_SET_MEM_TABLE:
		return n_fds == m->table.n;
	default:
		return true;
	}
}

const char *decode_vhost_user(const struct vhost_user_header *header, const void *payload,
	size_t n_fds, struct vhost_user_message *message)
{
	const struct request_rule *rule = request_rule_find(header->request);
	struct reader r = reader_over(payload, header->size);

	message->request = header->request;
	message->flags = header->flags;
	if (n_fds < rule->fds_min || n_fds > rule->fds_max)
		return "a wrong number of file descriptors";
	rule->read(&r, message);
	if (r.failed)
		return "a payload that is too short, or inconsistent";
	if (!reader_done(&r))
		return "a payload that is too long";
	if (!descriptors_fit(message, n_fds))
		return "a wrong number of file descriptors";
	return NULL;
}
