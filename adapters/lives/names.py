"""Common given and family names of Pakistan, for people who do not exist."""

MEN = (
    "Abdul Ghani", "Abdul Karim", "Abdul Sattar", "Ahmed", "Akram", "Ali Hassan", "Allah Dino", "Amir", "Arif",
    "Asghar", "Aslam", "Bashir", "Bilal", "Dilawar", "Faisal", "Farhan", "Ghulam Nabi", "Ghulam Rasool", "Habib",
    "Hamza", "Haroon", "Hassan", "Ibrahim", "Imran", "Iqbal", "Ismail", "Javed", "Junaid", "Kamran", "Kashif",
    "Khalid", "Khuda Bakhsh", "Liaquat", "Mansoor", "Manzoor", "Muhammad Khan", "Mukhtiar", "Mushtaq", "Nadeem",
    "Naseer", "Nawaz", "Nazir", "Nisar", "Qasim", "Rafiq", "Rashid", "Riaz", "Rustam", "Sajid", "Saleem", "Shahid",
    "Shakeel", "Sher Muhammad", "Tariq", "Usman", "Waqar", "Yasir", "Yousuf", "Zahid", "Zubair",
)  # fmt: skip
WOMEN = (
    "Abida", "Aisha", "Amina", "Anila", "Asia", "Asma", "Azra", "Bakhtawar", "Bushra", "Farida", "Farzana",
    "Fatima", "Fauzia", "Ghazala", "Gulnaz", "Hafsa", "Hajra", "Haleema", "Hameeda", "Humaira", "Iqra", "Kalsoom",
    "Khadija", "Kiran", "Lubna", "Mariam", "Mehnaz", "Mumtaz", "Nadia", "Naheed", "Najma", "Nargis", "Nasreen",
    "Nazia", "Noor Jehan", "Parveen", "Rabia", "Rashida", "Razia", "Rehana", "Robina", "Rukhsana", "Saba", "Sadia",
    "Safia", "Saima", "Sajida", "Sakina", "Salma", "Samina", "Sanam", "Shabana", "Shahida", "Shamim", "Shazia",
    "Sughra", "Sumaira", "Tahira", "Yasmin", "Zainab", "Zarina", "Zubaida",
)  # fmt: skip
FAMILIES = (
    "Abro", "Afridi", "Ansari", "Arain", "Awan", "Baloch", "Bhatti", "Bhutto", "Brohi", "Bugti", "Chandio",
    "Chaudhry", "Gujjar", "Jamali", "Jatoi", "Junejo", "Kakar", "Khan", "Khaskheli", "Khattak", "Khoso", "Laghari",
    "Lashari", "Magsi", "Malik", "Mirani", "Mughal", "Panhwar", "Qureshi", "Rind", "Sheikh", "Siddiqui", "Solangi",
    "Soomro", "Wassan", "Yousafzai",
)  # fmt: skip
