#include "patchbay/tools/http/qr_code.hpp"

#include <qrencode.h>

#include <memory>

namespace patchbay {

namespace {

constexpr int k_margin = 2;
constexpr const char* k_colors = "\x1b[38;5;16;48;5;231m";  // black on white
constexpr const char* k_end = "\x1b[0m\n";

}  // namespace

std::string qr_code(std::string_view text) {
  if (text.empty() || text.find('\0') != std::string_view::npos) return {};
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeString8bit(std::string(text).c_str(), 0, QR_ECLEVEL_L), QRcode_free);
  if (!code) return {};
  const auto is_dark = [&code](int x, int y) {
    if (x < 0 || y < 0 || x >= code->width || y >= code->width) return false;
    return (code->data[y * code->width + x] & 1) != 0;
  };
  std::string picture;
  for (int y = -k_margin; y < code->width + k_margin; y += 2) {
    picture += k_colors;
    for (int x = -k_margin; x < code->width + k_margin; ++x) {
      const bool above = is_dark(x, y), below = is_dark(x, y + 1);
      picture += above ? (below ? "█" : "▀") : below ? "▄" : " ";
    }
    picture += k_end;
  }
  return picture;
}

}  // namespace patchbay
