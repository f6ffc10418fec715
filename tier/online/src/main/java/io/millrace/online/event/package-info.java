// SPDX-License-Identifier: Apache-2.0
/** Events on their way to the log, and the log's tail as it is shown. */
@NullMarked
package io.millrace.online.event;

import org.jspecify.annotations.NullMarked;
