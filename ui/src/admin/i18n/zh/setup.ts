// Chinese texts of the first steps.
import type { AdminMessages } from '../texts.ts';

export const setup: Pick<AdminMessages, 'setup'> = {
  setup: {
    title: '设置 FlowGPT',
    text: '简单三步，你的账号就能通过一个 API 应答。',
    done: '已完成',
    password: '管理员密码',
    passwordText: '已设置，并且你已登录。',
    account: '第一个账号',
    accountText: '用 OpenAI 登录，或导入已有的令牌。令牌会加密保存，不再显示。',
    accounts: (n) => `账号池里有 ${n} 个账号。`,
    key: 'API 密钥',
    keyText: '程序用它代替 OpenAI 的密钥。',
    keyName: '我的第一个密钥',
    test: '实时测试',
    testText: '用你的账号发送一条消息，实时查看应答。',
    answered: '账号已经应答，一切正常。',
    noAccount: '请先添加账号。',
    next: '下一步',
    overview: '进入概览',
    chat: '打开聊天',
    simulator: '手边没有账号？',
    simulatorText: '用模拟器体验全部功能，不会请求任何人。',
  },
};
