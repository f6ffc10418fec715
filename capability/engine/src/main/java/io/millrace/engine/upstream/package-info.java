// SPDX-License-Identifier: Apache-2.0
/** Generates text by asking another server that speaks OpenAI's API: vLLM, llama.cpp, Ollama, or a hosted one. */
@NullMarked
package io.millrace.engine.upstream;

import org.jspecify.annotations.NullMarked;
