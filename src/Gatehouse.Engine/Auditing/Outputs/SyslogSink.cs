using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;

namespace Gatehouse.Engine.Auditing.Outputs;

/// <summary>
/// A connection that carries syslog. Its receiver says nothing, so a read is always under way: it ends when the receiver
/// goes, and what was sent shortly before is sent again.
/// </summary>
internal sealed class SyslogSink : IOutputSink
{
    private readonly Stream _stream;
    private readonly OutputSettings _settings;
    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);
    private readonly Task<bool> _end;

    private SyslogSink(Stream stream, OutputSettings settings)
    {
        _stream = stream;
        _settings = settings;
        _end = ReadToEndAsync(stream);
    }

    public bool Acknowledges => false;

    public bool IsLost => _end.IsCompleted;

    public static async Task<SyslogSink> OpenAsync(OutputSettings settings, CancellationToken cancellation) =>
        new(await OutputDialer.ConnectAsync(settings, cancellation), settings);

    public async Task<SinkAnswer> SendAsync(IReadOnlyList<OutgoingRecord> records, CancellationToken cancellation)
    {
        _buffer.ResetWrittenCount();
        foreach (OutgoingRecord record in records)
        {
            SyslogFrame.Write(record, _settings, _buffer);
        }

        if (IsLost)
        {
            throw new IOException("the receiver closed the connection");
        }

        await _stream.WriteAsync(_buffer.WrittenMemory, cancellation);
        await _stream.FlushAsync(cancellation);
        return SinkAnswer.Taken;
    }

    public async Task<bool> FinishAsync(CancellationToken cancellation)
    {
        // RFC 5425 section 4.4: a receiver that answers close_notify has read what came before.
        if (_stream is SslStream tls)
        {
            // A receiver that reads nothing any more must not hold up a stop.
            await tls.ShutdownAsync().WaitAsync(cancellation);
        }
        else if (_stream is NetworkStream plain)
        {
            plain.Socket.Shutdown(SocketShutdown.Send);
        }

        return await _end.WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        await _end;
    }

    /// <summary>True where the receiver ended in order.</summary>
    private static async Task<bool> ReadToEndAsync(Stream stream)
    {
        byte[] ignored = new byte[256];
        try
        {
            while (await stream.ReadAsync(ignored) > 0)
            {
                // A receiver has nothing to say.
            }

            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            return false;
        }
    }
}
