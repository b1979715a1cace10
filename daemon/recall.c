/* SPDX-License-Identifier: MIT */
/* What an earlier mulliond was told, and what this one is, for the next. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/config_keys.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"

#define KIND "memo"

/* As `mullionctl set` does it; what cannot be is left out. True: there was something. */
static bool recall_texts(const struct memo *memo, uint64_t file, const struct settings_key *keys,
	enum config_type type, void *to)
{
	char text[MEMO_TEXT], *rest = text, *line, *value;
	bool any = false;

	memo_get(memo, file, text);
	while ((line = strsep(&rest, "\n"))) {
		value = strchr(line, '=');
		if (!value)
			continue;
		*value++ = '\0';
		const struct settings_key *key = settings_key_find(keys, CONFIG_KEYS_MAX, line);
		if (key && (key->traits & CONFIG_AT_ONCE) && config_key_is_for(key, type) &&
			key->parse(value, (char *)to + key->offset))
			any = true;
	}
	return any;
}

/* mulliond does without: then only this is lost that `mullionctl set` said. */
static void memo_recall(struct memo *memo, struct store *store, const char *guest)
{
	int ret = memo_open(memo, store_take(store, guest, KIND, 0));

	if (ret < 0)
		log_warn("no memory for what the next mulliond is to know: %s", strerror(-ret));
	else
		store_put(store, guest, KIND, 0, memo->fd);
}

void daemon_recall(struct daemon *daemon)
{
	memo_recall(&daemon->memo, &daemon->store, "");
	if (daemon->memo.page)
		recall_texts(&daemon->memo, daemon->file, config_daemon_keys, CONFIG_TYPE_VM,
			daemon->config);
}

int guest_recall(struct guest *guest)
{
	struct config_guest *config = guest->config, wanted = *config;
	struct daemon *daemon = guest->daemon;
	struct mediator *mediator = &daemon->mediator;
	bool was_told = false;

	memo_recall(&guest->memo, &daemon->store, config->name);
	if (guest->memo.page) {
		memo_get_strikes(&guest->memo, &guest->strikes, clock_now_ns());
		was_told = recall_texts(&guest->memo, daemon->file, config_guest_keys, config->type,
			&wanted);
	}
	int ret = mediator_guest_open(&guest->time, mediator, &wanted.terms);
	if (ret == 0) {
		config_keys_copy_changeable(config_guest_keys, CONFIG_KEYS_MAX, config, &wanted);
	} else if (was_told) {
		log_warn("guest %s: what 'mullionctl set' said does not fit any more: it has "
			 "what the configuration says",
			config->name);
		memo_forget(&guest->memo);
		ret = mediator_guest_open(&guest->time, mediator, &config->terms);
	}
	if (ret != -ENOSPC)
		return ret;
	log_error("guest %s: others have its reservation: it has none", config->name);
	config->terms.runtime_ns = config->terms.period_ns = 0;
	return mediator_guest_open(&guest->time, mediator, &config->terms);
}

void daemon_remember(
	struct daemon *daemon, struct guest *guest, const char *key, const char *text)
{
	struct memo *memo = guest ? &guest->memo : &daemon->memo;

	if (memo->page && !memo_set(memo, daemon->file, key, text))
		log_warn("%s = %s holds until mulliond ends: there is no room to note it", key, text);
}

void daemon_forget(struct daemon *daemon)
{
	struct guest *guest;

	if (daemon->memo.page)
		memo_forget(&daemon->memo);
	list_for_each (guest, &daemon->guests, link) {
		if (guest->memo.page)
			memo_forget(&guest->memo);
	}
}

void guest_remember_strikes(struct guest *guest)
{
	if (guest->memo.page)
		memo_set_strikes(&guest->memo, &guest->strikes);
}

void guest_finish_memo(struct guest *guest)
{
	if (guest->memo.page)
		store_remove(&guest->daemon->store, guest->config->name, KIND, 0);
	memo_finish(&guest->memo);
}

void daemon_finish_memo(struct daemon *daemon)
{
	if (daemon->memo.page)
		store_remove(&daemon->store, "", KIND, 0);
	memo_finish(&daemon->memo);
}
