// SPDX-License-Identifier: Apache-2.0
/** GGUF, the one-file format of llama.cpp, Ollama and others: written from a model folder, and read. */
@NullMarked
package io.millrace.model.gguf;

import org.jspecify.annotations.NullMarked;
