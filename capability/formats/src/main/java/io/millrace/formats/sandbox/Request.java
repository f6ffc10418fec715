// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.sandbox;

import io.millrace.core.spi.FileFormats.Place;
import io.millrace.formats.draft.FormatLimits;

/** What a worker is told before the bytes of a file. */
record Request(Place place, FormatLimits limits) {}
