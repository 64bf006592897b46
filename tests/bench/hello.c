/* hello - the least a full screen can be: the yardstick beside mien's first frame. */
#include <curses.h>
#include <locale.h>

int main(void)
{
    setlocale(LC_ALL, "");
    initscr();
    raw();
    noecho();
    for (int col = 0; col < COLS; col++) {
        mvaddstr(0, col, col == 0 ? "┌" : col + 1 < COLS ? "─" : "┐");
        mvaddstr(LINES - 1, col, col == 0 ? "└" : col + 1 < COLS ? "─" : "┘");
    }
    for (int row = 1; row < LINES - 1; row++) {
        mvaddstr(row, 0, "│");
        mvaddstr(row, COLS - 1, "│");
    }
    mvaddstr(LINES / 2, COLS / 2 - 6, "hello, world");
    refresh();
    getch();
    endwin();
    return 0;
}
