// SPDX-License-Identifier: Apache-2.0
/** The generation engine beside llama.cpp on the same machine; {@link io.millrace.benchmarks.engine.EngineBench} first. */
@NullMarked
package io.millrace.benchmarks.engine;

import org.jspecify.annotations.NullMarked;
