# SPDX-License-Identifier: BSD-2-Clause
# Tests of plugins/raw under a fake host.
