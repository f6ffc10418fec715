// SPDX-License-Identifier: Apache-2.0
/** Text to token ids and back: trains byte-level BPE and loads any Hugging Face tokenizer. */
@NullMarked
package io.millrace.model.tokenizer;

import org.jspecify.annotations.NullMarked;
