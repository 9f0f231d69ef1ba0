#include "patchbay/cli/layout.hpp"

#include <algorithm>

#include "patchbay/base/text.hpp"

namespace patchbay {
namespace {

constexpr std::size_t margin = 2;  // in front of a table
constexpr std::size_t gap = 2;     // between its columns

// One paragraph. `used` columns of its first line are taken already.
void wrap_into(std::string& out, std::string_view text, std::size_t columns, std::size_t indent,
               std::size_t used) {
  bool fresh = true;  // nothing stands on this line yet but its indentation
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    const std::size_t width = text_width(word);
    if (!fresh && used + 1 + width > columns) {
      out += '\n';
      out.append(indent, ' ');
      used = indent;
      fresh = true;
    }
    if (!fresh) {
      out += ' ';
      ++used;
    }
    out += word;
    used += width;
    fresh = false;
  }
  out += '\n';
}

}  // namespace

std::size_t text_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    text.remove_prefix(decode_utf8(text).length);
    ++width;
  }
  return width;
}

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) out.append(indent, ' ');
    wrap_into(out, text.substr(0, end), columns, indent, indent);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows,
                        std::size_t columns, std::size_t widest) {
  std::size_t left = 0;
  for (const auto& row : rows) {
    const std::size_t width = text_width(row.first);
    if (width <= widest) left = std::max(left, width);
  }
  const std::size_t right = margin + left + gap;
  std::string out;
  for (const auto& [first, second] : rows) {
    out.append(margin, ' ');
    out += first;
    const std::size_t width = text_width(first);
    if (second.empty()) {
      out += '\n';
      continue;
    }
    if (width > left) {
      out += '\n';
      out.append(right, ' ');
    } else {
      out.append(right - margin - width, ' ');
    }
    wrap_into(out, second, std::max(columns, right + 20), right, right);
  }
  return out;
}

}  // namespace patchbay
