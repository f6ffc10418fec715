// SPDX-License-Identifier: Apache-2.0
/** Domain packs and process settings, read from files and validated. */
@NullMarked
package io.millrace.core.settings;

import org.jspecify.annotations.NullMarked;
