// SPDX-License-Identifier: Apache-2.0
/** OpenAI's words: how requests are read and answers written in its shapes. */
@NullMarked
package io.millrace.online.openai;

import org.jspecify.annotations.NullMarked;
