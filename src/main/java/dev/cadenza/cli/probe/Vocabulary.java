package dev.cadenza.cli.probe;

import java.util.List;

/** Words of the generator's tasks. */
final class Vocabulary {
    /** Country/capital. */
    static final List<String> CAPITALS = List.of("France/Paris", "Germany/Berlin", "Italy/Rome", "Spain/Madrid", "Portugal/Lisbon", "Austria/Vienna",
            "Greece/Athens", "Poland/Warsaw", "Hungary/Budapest", "Norway/Oslo", "Sweden/Stockholm", "Finland/Helsinki", "Denmark/Copenhagen",
            "Ireland/Dublin", "Belgium/Brussels", "the Netherlands/Amsterdam", "Switzerland/Bern", "the Czech Republic/Prague", "Romania/Bucharest",
            "Bulgaria/Sofia", "Croatia/Zagreb", "Serbia/Belgrade", "Slovakia/Bratislava", "Slovenia/Ljubljana", "Estonia/Tallinn", "Latvia/Riga",
            "Lithuania/Vilnius", "Iceland/Reykjavik", "Ukraine/Kyiv", "Russia/Moscow", "Turkey/Ankara", "Egypt/Cairo", "Morocco/Rabat",
            "Tunisia/Tunis", "Algeria/Algiers", "Libya/Tripoli", "Kenya/Nairobi", "Ethiopia/Addis Ababa", "Ghana/Accra", "Nigeria/Abuja",
            "Senegal/Dakar", "Uganda/Kampala", "Rwanda/Kigali", "Zambia/Lusaka", "Zimbabwe/Harare", "Angola/Luanda", "Somalia/Mogadishu",
            "Sudan/Khartoum", "Namibia/Windhoek", "Botswana/Gaborone", "Japan/Tokyo", "China/Beijing", "South Korea/Seoul", "North Korea/Pyongyang",
            "India/New Delhi", "Pakistan/Islamabad", "Bangladesh/Dhaka", "Nepal/Kathmandu", "Thailand/Bangkok", "Vietnam/Hanoi",
            "Cambodia/Phnom Penh", "Laos/Vientiane", "Indonesia/Jakarta", "the Philippines/Manila", "Malaysia/Kuala Lumpur", "Mongolia/Ulaanbaatar",
            "Iran/Tehran", "Iraq/Baghdad", "Syria/Damascus", "Lebanon/Beirut", "Jordan/Amman", "Saudi Arabia/Riyadh", "Qatar/Doha", "Oman/Muscat",
            "Afghanistan/Kabul", "Georgia/Tbilisi", "Armenia/Yerevan", "Azerbaijan/Baku", "Australia/Canberra", "New Zealand/Wellington",
            "Fiji/Suva", "Canada/Ottawa", "the United States/Washington", "Cuba/Havana", "Jamaica/Kingston", "Haiti/Port-au-Prince",
            "Costa Rica/San Jose", "Honduras/Tegucigalpa", "Nicaragua/Managua", "Colombia/Bogota", "Venezuela/Caracas", "Ecuador/Quito", "Peru/Lima",
            "Chile/Santiago", "Argentina/Buenos Aires", "Uruguay/Montevideo", "Paraguay/Asuncion", "Brazil/Brasilia");
    static final List<String> NOUNS = List.of("river", "stone", "winter", "garden", "engine", "letter", "music", "harbour", "forest", "window",
            "market", "silver", "morning", "bridge", "teacher", "island", "candle", "thunder", "village", "compass", "apple", "horse", "mirror",
            "paper", "table", "orange", "summer", "ladder", "pocket", "castle");
    static final List<String> NAMES = List.of("Anna", "Ben", "Clara", "David", "Emma", "Frank", "Grace", "Henry", "Ivy", "Jack", "Kate", "Leo",
            "Maria", "Noah", "Olga", "Peter");
    static final List<String> THINGS = List.of("apples", "books", "pencils", "marbles", "coins", "stickers", "eggs", "cards", "stamps", "shells");

    private Vocabulary() {
    }
}
