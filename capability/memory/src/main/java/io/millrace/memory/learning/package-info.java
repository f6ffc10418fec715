// SPDX-License-Identifier: Apache-2.0
/** What evidence weighs, learned from what people did with the hits that they were shown. */
@NullMarked
package io.millrace.memory.learning;

import org.jspecify.annotations.NullMarked;
