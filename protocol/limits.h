/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_LIMITS_H
#define PROTOCOL_LIMITS_H

/* Bounds that several programs agree on. */

#define LIMIT_NAME 64         /* a guest's name, with its terminator */
#define LIMIT_HEADS 16        /* VIRTIO_GPU_MAX_SCANOUTS, virtio 1.2, 5.7.4 */
#define LIMIT_SLOTS 8         /* pictures of one plane of one head */
#define LIMIT_CAPSETS 8
#define LIMIT_PICTURE_PX 16384 /* width and height of a picture */
#define LIMIT_STRIDE_BYTES (16 * LIMIT_PICTURE_PX)

#endif
