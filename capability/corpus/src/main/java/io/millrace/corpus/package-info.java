// SPDX-License-Identifier: Apache-2.0
/** From raw content to clean documents, questions and training text. */
@NullMarked
package io.millrace.corpus;

import org.jspecify.annotations.NullMarked;
