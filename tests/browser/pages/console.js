// Open browser console and test
const ws = new WebSocket('ws://localhost:8080');

ws.onopen = () => {
    console.log('Connected');
    
    // Authenticate
    ws.send(JSON.stringify({
        type: 'auth',
        token: 'your-token-here'
    }));
};

ws.onmessage = (event) => {
    console.log('Received:', event.data);
};

// Join room
ws.send(JSON.stringify({
    type: 'join',
    room: 'test_room'
}));

// Send message
ws.send(JSON.stringify({
    type: 'message',
    room: 'test_room',
    message: 'Hello World!'
}));
