// SPDX-License-Identifier: Apache-2.0
/** The gateway: settings, start and stop, and the wiring of its parts. */
@NullMarked
package io.millrace.online;

import org.jspecify.annotations.NullMarked;
