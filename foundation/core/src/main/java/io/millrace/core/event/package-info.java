// SPDX-License-Identifier: Apache-2.0
/** What happened, as immutable records: the vocabulary of the event log. */
@NullMarked
package io.millrace.core.event;

import org.jspecify.annotations.NullMarked;
