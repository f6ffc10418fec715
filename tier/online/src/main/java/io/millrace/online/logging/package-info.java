// SPDX-License-Identifier: Apache-2.0
/** How log lines look. */
@NullMarked
package io.millrace.online.logging;

import org.jspecify.annotations.NullMarked;
