// SPDX-License-Identifier: Apache-2.0
/**
 * Passes over BF16 memory that libtorch makes several of: each reads its inputs once, computes in F32 and writes BF16.
 * On the Vector API, over all cores.
 */
@NullMarked
package io.millrace.tensor.kernel;

import org.jspecify.annotations.NullMarked;
