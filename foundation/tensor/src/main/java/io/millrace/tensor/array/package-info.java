// SPDX-License-Identifier: Apache-2.0
/**
 * Arithmetic on Java's arrays, on the caller's thread: products of matrices by the kernels that libtorch brings for the processor at
 * hand, by the Vector API or in plain Java, and what encoders do between products.
 */
@NullMarked
package io.millrace.tensor.array;

import org.jspecify.annotations.NullMarked;
