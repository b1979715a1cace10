/* SPDX-License-Identifier: MIT */
/* The one way from a guest's stream to the library. */
#include "daemon/render/submit.h"

#include "backends/virgl/renderer.h"
#include "daemon/render/budget.h"

void submit_init(struct submit *submit, struct renderer *renderer, struct budget *budget)
{
	*submit = (struct submit){ .renderer = renderer, .budget = budget };
}

uint32_t submit_begin(struct submit *submit, uint32_t context_id, uint32_t *dwords, size_t n_dwords)
{
	uint32_t response =
		renderer_submit(submit->renderer, context_id, dwords, n_dwords, &submit->stream);
	submit->runs = response == 0;
	return response;
}

bool submit_run(struct submit *submit, uint32_t *response)
{
	struct submission *stream = &submit->stream;
	uint32_t n_draws;

	bool done = submission_step(stream, budget_chunk(submit->budget), &n_draws);
	budget_sent(submit->budget, n_draws);
	if (!done)
		return false;
	submit->runs = false;
	budget_count_submission(submit->budget);
	*response = stream->error ? VIRTIO_GPU_RESP_ERR_UNSPEC : VIRTIO_GPU_RESP_OK_NODATA;
	return true;
}
