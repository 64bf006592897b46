#include "ui/term/color.h"

#include <assert.h>
#include <stdlib.h>

#include "ui/term/theme.h"

static const uint8_t cube[6] = {0, 95, 135, 175, 215, 255};

static int color_distance(int r1, int g1, int b1, int r2, int g2, int b2)
{
    int r = r1 - r2, g = g1 - g2, b = b1 - b2;
    return 2 * r * r + 4 * g * g + 3 * b * b;
}

static int color_cube_index(int v)
{
    int best = 0;
    for (int i = 1; i < 6; i++)
        if (abs(cube[i] - v) < abs(cube[best] - v))
            best = i;
    return best;
}

int color_to_256(int32_t rgb)
{
    int r = rgb >> 16 & 0xff, g = rgb >> 8 & 0xff, b = rgb & 0xff;
    int cr = color_cube_index(r), cg = color_cube_index(g), cb = color_cube_index(b);
    int grey = MAX(0, MIN(23, ((r + g + b) / 3 - 3) / 10));
    int level = 8 + grey * 10;
    int from_cube = color_distance(r, g, b, cube[cr], cube[cg], cube[cb]);
    if (color_distance(r, g, b, level, level, level) < from_cube)
        return 232 + grey;
    return 16 + 36 * cr + 6 * cg + cb;
}

int32_t color_of_256(int index)
{
    assert(index >= 16 && index <= 255);
    if (index >= 232)
        return (8 + (index - 232) * 10) * 0x10101;
    index -= 16;
    return cube[index / 36] << 16 | cube[index / 6 % 6] << 8 | cube[index % 6];
}

int color_to_16(int32_t rgb)
{
    static const int32_t ansi[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                     0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                     0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};
    int best = 0, best_distance = INT32_MAX;
    for (int i = 0; i < 16; i++) {
        int d = color_distance(rgb >> 16 & 0xff, rgb >> 8 & 0xff, rgb & 0xff, ansi[i] >> 16 & 0xff,
                               ansi[i] >> 8 & 0xff, ansi[i] & 0xff);
        if (d < best_distance) {
            best = i;
            best_distance = d;
        }
    }
    return best;
}

int color_fit(int32_t color, int colors)
{
    if (color == COLOR_DEFAULT)
        return -1;
    if (color & COLOR_INDEX) {
        int index = color & 0xff;
        if (colors >= COLORS_DIRECT && index >= 16)
            return color_of_256(index);
        return index < colors ? index : index & 7;
    }
    if (colors >= COLORS_DIRECT)
        return color < 16 ? 0 : color;
    if (colors >= 256)
        return color_to_256(color);
    int index = color_to_16(color);
    return colors >= 16 ? index : index & 7;
}
