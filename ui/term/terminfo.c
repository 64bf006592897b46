/*
 * terminfo - two terminal entries that need no file: what every terminal in use takes, with true
 * colour and with 256 colours. The entries of ncurses for true colour lie in a package that many
 * machines lack, and claim what multiplexers do not have.
 *
 * Their source is mien.ti; they were made of it by
 *     tic -x -o DIR mien.ti; TERMINFO=DIR infocmp -x -q -Q2 mien-direct
 * (mien-256). ncurses 6.1 and later read such text where TERMINFO holds it. In the first, colours
 * 0 to 15 are the terminal's own, as the theme "ansi" wants them; others are 0xRRGGBB.
 */
#include "ui/term/terminfo.h"

const char terminfo_direct[] =
    "b64:HgImAA8ADwBpAbkCbWllbi1kaXJlY3R8dGhlIHNhbWUgd2l0aCB0cnVlIGNvbG91cgAAAQAAAQAAAAEAAAAAAQEA"
    "UAAAAAgAAAAYAAAA_____________________________________________________wAAAAEAAAEAAAAEAAYACAD_"
    "_xkAIQAlACkA__80AEUARwBLAFIA__9UAFsA__9fAP__YgBmAP____9qAP__bgBzAP__fACBAP____-GAIsAkAD__5UA"
    "mQCgAP__qQCuALQA_____________________7oA__--AP______________________________________________"
    "_______________________________________AAMgA___________________________________QAP__0wDcAOUA"
    "7gD___cAAAEJAf__EgH_____________________________GwEeASkBLAEuATEB_____44B____________________"
    "_________5AB________________________________________________________________________________"
    "____________________________________________________________________________________________"
    "____________________________________________________________________________________________"
    "_____________________________________________________________8UB____________________________"
    "____________________________________________ygH__________________________________9MB________"
    "________________2AH_________________________________________________________________________"
    "_________________________94BSwIbW1oABwANABtbJWklcDElZDslcDIlZHIAG1tIG1sySgAbW0sAG1tKABtbJWkl"
    "cDElZEcAG1slaSVwMSVkOyVwMiVkSAAKABtbSAAbWz8yNWwACAAbWz8yNWgAG1tDABtNABtbUAAbW00AGygwABtbMW0A"
    "G1s_MTA0OWgAG1sybQAbWzRoABtbN20AG1s3bQAbWzRtABsoQgAbKEIbW20AG1s_MTA0OWwAG1s0bAAbWzI3bQAbWzI0"
    "bQAbW0wAfwAbWz8xbBs-ABtbPzFoGz0AG0UAG1slcDElZFAAG1slcDElZE0AG1slcDElZEIAG1slcDElZEAAG1slcDEl"
    "ZEwAG1slcDElZEQAG1slcDElZEMAG1slcDElZEEAGzgAG1slaSVwMSVkZAAbNwAKABtNABtbMCU_JXA2JXQ7MSU7JT8l"
    "cDUldDsyJTslPyVwMiV0OzQlOyU_JXAxJXAzJXwldDs3JTslPyVwNCV0OzUlOyU_JXA3JXQ7OCU7bSU_JXA5JXQbKDAl"
    "ZRsoQiU7AAkAYGBhYWZmZ2dpaWpqa2tsbG1tbm5vb3BwcXFycnNzdHR1dXZ2d3d4eHl5enp7e3x8fX1-fgAbWzFLABtb"
    "Mzk7NDltABtbM20AG1syM20AG1slPyVwMSV7OH0lPCV0MyVwMSVkJWUlcDElezE2fSU8JXQ5JXAxJXs4fSUtJWQlZTM4"
    "OzI7JXAxJXs2NTUzNn0lLyVkOyVwMSV7MjU2fSUvJXsyNTV9JSYlZDslcDElezI1NX0lJiVkJTttABtbJT8lcDElezh9"
    "JTwldDQlcDElZCVlJXAxJXsxNn0lPCV0MTAlcDElezh9JS0lZCVlNDg7MjslcDElezY1NTM2fSUvJWQ7JXAxJXsyNTZ9"
    "JS8lezI1NX0lJiVkOyVwMSV7MjU1fSUmJWQlO20AAAMAAQAAAAQADQABAQEAAQAAAAAAAwAGAAoAQVgARzAAUkdCAFU4"
    "AA==";
const char terminfo_palette[] =
    "b64:HgIjAA8ADwBpAV0CbWllbi0yNTZ8dGhlIHNhbWUgd2l0aCAyNTYgY29sb3VycwAAAQAAAQAAAAEAAAAAAQFQAAAA"
    "CAAAABgAAAD_____________________________________________________AAEAAAAAAQAAAAQABgAIAP__GQAh"
    "ACUAKQD__zQARQBHAEsAUgD__1QAWwD__18A__9iAGYA_____2oA__9uAHMA__98AIEA_____4YAiwCQAP__lQCZAKAA"
    "__-pAK4AtAD_____________________ugD__74A____________________________________________________"
    "_________________________________8AAyAD__________________________________9AA___TANwA5QDuAP__"
    "9wAAAQkB__8SAf____________________________8bAR4BKQEsAS4BMQH_____jgH_________________________"
    "____kAH_____________________________________________________________________________________"
    "____________________________________________________________________________________________"
    "____________________________________________________________________________________________"
    "________________________________________________________xQH_________________________________"
    "_______________________________________KAf__________________________________0wH_____________"
    "___________YAf______________________________________________________________________________"
    "____________________3gEdAhtbWgAHAA0AG1slaSVwMSVkOyVwMiVkcgAbW0gbWzJKABtbSwAbW0oAG1slaSVwMSVk"
    "RwAbWyVpJXAxJWQ7JXAyJWRIAAoAG1tIABtbPzI1bAAIABtbPzI1aAAbW0MAG00AG1tQABtbTQAbKDAAG1sxbQAbWz8x"
    "MDQ5aAAbWzJtABtbNGgAG1s3bQAbWzdtABtbNG0AGyhCABsoQhtbbQAbWz8xMDQ5bAAbWzRsABtbMjdtABtbMjRtABtb"
    "TAB_ABtbPzFsGz4AG1s_MWgbPQAbRQAbWyVwMSVkUAAbWyVwMSVkTQAbWyVwMSVkQgAbWyVwMSVkQAAbWyVwMSVkTAAb"
    "WyVwMSVkRAAbWyVwMSVkQwAbWyVwMSVkQQAbOAAbWyVpJXAxJWRkABs3AAoAG00AG1swJT8lcDYldDsxJTslPyVwNSV0"
    "OzIlOyU_JXAyJXQ7NCU7JT8lcDElcDMlfCV0OzclOyU_JXA0JXQ7NSU7JT8lcDcldDs4JTttJT8lcDkldBsoMCVlGyhC"
    "JTsACQBgYGFhZmZnZ2lpampra2xsbW1ubm9vcHBxcXJyc3N0dHV1dnZ3d3h4eXl6ent7fHx9fX5-ABtbMUsAG1szOTs0"
    "OW0AG1szbQAbWzIzbQAbWyU_JXAxJXs4fSU8JXQzJXAxJWQlZSVwMSV7MTZ9JTwldDklcDElezh9JS0lZCVlMzg7NTsl"
    "cDElZCU7bQAbWyU_JXAxJXs4fSU8JXQ0JXAxJWQlZSVwMSV7MTZ9JTwldDEwJXAxJXs4fSUtJWQlZTQ4OzU7JXAxJWQl"
    "O20AAAIAAQAAAAMACQABAQEAAAAAAAMABgBBWABHMABVOAA=";
