# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of core/capture.
