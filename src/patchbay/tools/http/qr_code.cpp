#include "patchbay/tools/http/qr_code.hpp"

#include <qrencode.h>

#include <memory>

namespace patchbay {

namespace {

constexpr int k_margin = 2;
constexpr const char* k_colors = "\x1b[38;5;16;48;5;231m";  // black on white
constexpr const char* k_end = "\x1b[0m";

}  // namespace

std::string qr_code(std::string_view text, bool color) {
  if (text.empty() || text.find('\0') != std::string_view::npos) return {};
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeString8bit(std::string(text).c_str(), 0, QR_ECLEVEL_L), QRcode_free);
  if (!code) return {};
  // Black is written in colour, and without it what is light.
  const auto is_written = [&code, color](int x, int y) {
    const bool inside = x >= 0 && y >= 0 && x < code->width && y < code->width;
    const bool dark = inside && (code->data[y * code->width + x] & 1) != 0;
    return dark == color;
  };
  std::string picture;
  for (int y = -k_margin; y < code->width + k_margin; y += 2) {
    if (color) picture += k_colors;
    for (int x = -k_margin; x < code->width + k_margin; ++x) {
      const bool above = is_written(x, y), below = is_written(x, y + 1);
      picture += above ? (below ? "█" : "▀") : below ? "▄" : " ";
    }
    if (color) picture += k_end;
    picture += '\n';
  }
  return picture;
}

}  // namespace patchbay
