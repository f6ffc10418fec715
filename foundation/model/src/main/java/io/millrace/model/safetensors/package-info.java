// SPDX-License-Identifier: Apache-2.0
/** Reads and writes checkpoints in the safetensors format, memory-mapped and checked at the border. */
@NullMarked
package io.millrace.model.safetensors;

import org.jspecify.annotations.NullMarked;
