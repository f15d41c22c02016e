using System.IO.Pipelines;
using System.Net.Sockets;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Forwarding;

/// <summary>Step 7 of plain TCP: dial, check the owner, carry bytes both ways.</summary>
internal sealed class TcpForwarder(UpstreamPool pool)
{
    /// <summary>Forwards a connection until both directions ended. Never throws for what client or upstream do.</summary>
    /// <exception cref="InvalidOperationException">The permit is not one.</exception>
    public async ValueTask<ForwardOutcome> ForwardAsync(Permit permit, IDuplexPipe client, ForwardControl control)
    {
        permit.EnsureValid();
        DialResult dialled = await pool.OpenAsync(control);
        if (dialled.Connection is not { } connection)
        {
            control.Detail = dialled.Detail;
            return control.Outcome(dialled.Failure switch
            {
                _ when control.IsCancelled => control.Reason,
                DialFailure.WrongOwner => ForwardResult.UpstreamRefusedOwner,
                DialFailure.TimedOut => ForwardResult.UpstreamTimeout,
                _ => ForwardResult.UpstreamUnreachable,
            });
        }

        control.Phase = ForwardPhase.ResponseBody;
        ForwardResult result = ForwardResult.Ok;
        try
        {
            await Splice.RunAsync(client.Input, client.Output, connection, control, halfClose: true);
            control.Phase = ForwardPhase.Done;
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException
            or OperationCanceledException or InvalidOperationException)
        {
            control.Detail = fault.Message;
            result = control.IsCancelled ? control.Reason : (fault as ForwardFault)?.Result ?? ForwardResult.UpstreamCut;
        }
        finally
        {
            control.Detach();
            pool.Close(connection);
        }

        return control.Outcome(result);
    }
}
