// SPDX-License-Identifier: Apache-2.0
/** Named weights in memory, and their way to and from safetensors files. */
@NullMarked
package io.millrace.model.checkpoint;

import org.jspecify.annotations.NullMarked;
