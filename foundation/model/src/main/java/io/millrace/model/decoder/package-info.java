// SPDX-License-Identifier: Apache-2.0
/** The Llama-style decoder that is trained: its shape, its arithmetic on libtorch, its folder. */
@NullMarked
package io.millrace.model.decoder;

import org.jspecify.annotations.NullMarked;
