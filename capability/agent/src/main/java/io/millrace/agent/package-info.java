// SPDX-License-Identifier: Apache-2.0
/** The prompt engine: puts question, dialogue and passages before a model, within its budget. */
@NullMarked
package io.millrace.agent;

import org.jspecify.annotations.NullMarked;
