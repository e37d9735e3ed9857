// Online
