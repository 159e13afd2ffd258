// Chinese texts of the test of an account.
import type { AdminMessages } from '../texts.ts';

export const testing: Pick<AdminMessages, 'testing'> = {
  testing: {
    title: '实时测试',
    text: '只用这个账号发送一条消息，并实时显示应答。为此会创建一个临时密钥，结束后移除。',
    open: '打开测试',
    close: '关闭测试',
    keyName: (label) => `${label} 的测试`,
    model: '模型',
    message: '消息',
    firstMessage: '用一句话打个招呼。',
    ask: '发送',
    stop: '停止',
    running: '正在应答',
    answer: '应答',
    firstText: '首段文字',
    total: '总耗时',
    tokens: '输入 / 输出令牌',
    dropped: '应答结束之前连接就断开了。',
  },
};
