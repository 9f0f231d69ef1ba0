// A program of somebody else: it knows the installed headers and the archive, not this repository.
#include <patchbay/base/result.hpp>
#include <patchbay/base/text.hpp>

#include <cerrno>
#include <cstdio>

int main() {
  const auto error = patchbay::Error::from_errno(ECONNREFUSED, "connect to").about("192.0.2.1:80");
  const patchbay::Result<int> result = error;
  if (result || result.error().fault() != patchbay::Fault::refused) return 1;
  std::puts(result.error().what().c_str());
  std::puts(patchbay::escape_terminal("\x1b[2J").c_str());
  return 0;
}
